#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// Whose names the tensors of a checkpoint have. From `lukemelas` on only the backbone is the
// published one, and only its names are known.
enum class Layout {
  effdet,               // as the catalogue entry has them
  effdet_level_first,   // effdet with bn_rep.LEVEL.REPEAT in both heads
  effdet_repeat_first,  // effdet with bn_rep.REPEAT.LEVEL.bn in both heads
  zylo,                 // zylo117, Yet-Another-EfficientDet-Pytorch
  mmdet,                // mmdetection, projects/EfficientDet
  lukemelas,            // efficientnet_pytorch, a backbone
  toandaominh,          // toandaominh1997, EfficientDet.Pytorch, since 2019-12-16
  toandaominh_early,    // the same before
  signatrix,
  unknown,
};

// "effdet-level-first", "toandaominh1997"; "" for unknown.
std::string_view to_string(Layout layout);
std::optional<Layout> layout_from_string(std::string_view name);
// The names that layout_from_string takes.
std::vector<std::string> layout_names();

// Whether the layout has names for the backbone alone.
bool is_of_backbone(Layout layout);

struct Recognition {
  Layout layout = Layout::unknown;
  std::string detail;  // what else the names say ("generation 3, since 2019-12-16"), or ""
};

// What the names say, wrapper prefixes taken off. Both orders of head norms are `effdet`.
Recognition recognise(std::span<const std::string> names);

// The layout of whose signs most are there, and those that are not: how names begin in it.
struct NearLayout {
  Layout layout = Layout::unknown;
  std::vector<std::string> absent;
};
NearLayout nearest_layout(std::span<const std::string> names);

// A tensor that the target has and the source lacks, and that every loader would start with this
// one number in each element.
struct SuppliedTensor {
  ParamSpec param;
  double value = 0;
};

struct RenamedTensor {
  std::string from;
  std::string to;

  friend bool operator==(const RenamedTensor&, const RenamedTensor&) = default;
};

// How the names of one network go from one layout to another. Every name of the source is in
// exactly one of the first three lists.
struct Translation {
  std::vector<RenamedTensor> renamed;   // in the target's catalogue order, what is never read last
  std::vector<std::string> never_read;  // the source network computes nothing with them
  std::vector<std::string> untranslated;
  std::vector<SuppliedTensor> supplied;
  std::vector<std::string> missing;  // of the target: nothing gives them
};

// `names` are bare, of the network `model` in the layout `from`. An error of kind refused says
// which of the layouts does not cover the model and which models it covers.
Result<Translation> translate(std::span<const std::string> names, const ModelConfig& model,
                              Layout from, Layout to);

// The catalogue names of the models that a layout covers, in catalogue order.
std::vector<std::string> covered_models(Layout layout);

// What no file tells and a conversion from `layout` cannot know, in one sentence; "" where there
// is nothing: mmdetection's names hold boxes in x-first or y-first order.
std::string_view caveat(Layout layout);

}  // namespace effgate
