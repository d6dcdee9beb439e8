#include "harness/layout/inspect.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "harness/graph/catalogue.h"
#include "harness/layout/compare.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

// The first parts of all names of an implementation's detector.
struct Naming {
  std::string_view layout;
  std::array<std::string_view, 4> parts;
};
constexpr std::array kNamings = {
    Naming{"effdet", {"backbone.", "fpn.", "class_net.", "box_net."}},
    Naming{"zylo", {"backbone_net.", "bifpn.", "regressor.", "classifier."}},
    Naming{"mmdet", {"backbone.", "neck.", "bbox_head.", "bbox_head."}},
};

std::string layout_of(const StoredState& state) {
  for (const Naming& naming : kNamings) {
    const bool has_all = std::ranges::all_of(naming.parts, [&](std::string_view part) {
      return std::ranges::any_of(
          state.tensors, [&](const ParamSpec& tensor) { return tensor.name.starts_with(part); });
    });
    if (has_all) return std::string(naming.layout);
  }
  return "";
}

// The state as it would be without wrapper prefixes; what a bench adds is left out with them.
StoredState unwrapped(const StoredState& state, const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return state;
  StoredState bare;
  bare.others = state.others;
  for (const ParamSpec& tensor : state.tensors) {
    const std::string_view name = without_prefixes(tensor.name, prefixes);
    if (name.size() != tensor.name.size())
      bare.tensors.push_back({std::string(name), tensor.shape, tensor.dtype});
  }
  std::erase_if(bare.tensors,
                [](const ParamSpec& tensor) { return tensor.name.starts_with("anchors."); });
  // Versions only decide about counters that are not there.
  for (const auto& [module, version] : state.module_versions)
    bare.module_versions.emplace(without_prefixes(module, prefixes), version);
  return bare;
}

// The number of classes that the class head has, if it is an effdet head of nine anchors.
std::optional<std::int64_t> class_count(const StoredState& state) {
  constexpr std::int64_t kAnchors = 9;
  for (const ParamSpec& tensor : state.tensors) {
    if (!tensor.name.starts_with("class_net.predict.") || !tensor.name.ends_with(".bias")) continue;
    if (tensor.shape.size() == 1 && tensor.shape[0] > 0 && tensor.shape[0] % kAnchors == 0)
      return tensor.shape[0] / kAnchors;
  }
  return std::nullopt;
}

// Every model whose strict load_state_dict takes the state, whatever its number of classes.
std::vector<std::string> fitting_models(const StoredState& state) {
  ModelOverrides overrides;
  overrides.num_classes = class_count(state);
  std::vector<std::string> fitting;
  for (const std::string& name : model_names()) {
    const auto config = find_model(name);
    if (!config.ok()) continue;
    if (compare_strictly(state, state_dict_schema(*config, overrides)).loads())
      fitting.push_back(name);
  }
  return fitting;
}

}  // namespace

Inspection inspect_checkpoint(const Checkpoint& checkpoint) {
  Inspection inspection;
  inspection.file = checkpoint.path().string();
  inspection.bytes = checkpoint.file_bytes();
  inspection.container = to_string(checkpoint.container());
  inspection.writer = checkpoint.writer();
  std::vector<std::string> names;
  for (const TensorEntry& tensor : checkpoint.tensors()) {
    inspection.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.bytes});
    names.push_back(tensor.name);
  }
  const std::vector<std::string> prefixes = wrapper_prefixes(names);
  inspection.wrappers = checkpoint.wrappers();
  inspection.wrappers.insert(inspection.wrappers.end(), prefixes.begin(), prefixes.end());
  const StoredState state = unwrapped(stored_state(checkpoint), prefixes);
  inspection.layout = layout_of(state);
  if (inspection.layout == "effdet") inspection.candidates = fitting_models(state);
  inspection.problems = checkpoint.problems();
  inspection.state_dicts = checkpoint.state_dicts();
  inspection.other_entries = checkpoint.other_entries();
  inspection.inert_globals = checkpoint.inert_globals();
  return inspection;
}

}  // namespace effgate
