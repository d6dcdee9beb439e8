#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/doctor/cause.h"
#include "harness/layout/naming.h"
#include "harness/layout/network_index.h"

namespace effgate {

using NameId = std::uint32_t;
using ShapeId = std::int32_t;

// How much of a network a state dict holds.
enum class Extent {
  whole,
  backbone,       // the detector's keys of its backbone
  bare_backbone,  // a classifier's file: those keys without "backbone.", and its own head
};

// A network's state dict as one implementation names its tensors.
struct Spelling {
  const Network* network = nullptr;
  Layout layout = Layout::effdet;
  Extent extent = Extent::whole;
  std::optional<CauseCode> altered;  // how it differs from what the catalogue has under the name

  struct Tensor {
    NameId name = 0;
    ShapeId shape = 0;
  };
  std::vector<Tensor> tensors;       // in module order, batch counters left out
  std::vector<std::int32_t> places;  // by NameId: index into `tensors`, or -1
  bool has(NameId name) const { return name < places.size() && places[name] >= 0; }

  // As the contract names it: "tf_efficientdet_d0", "zylo:tf_efficientdet_d0".
  std::string name() const;
  // Whether a catalogue name is this network's in this naming; effdet's names are in any.
  bool is_named(std::string_view model) const;
};

// Every network of the catalogue as effdet names it and in those other namings that cover it and
// are asked for, altered in every way that files are, whole and as a backbone.
class Spellings {
 public:
  Spellings(const NetworkIndex& networks, std::span<const Layout> others);

  const std::vector<Spelling>& all() const { return spellings_; }
  const NetworkIndex& networks() const { return networks_; }
  std::optional<NameId> find_name(std::string_view name) const;
  // The identity of a shape; of a predictor the number of its outputs counts for nothing, so that
  // networks of other classes or anchors have the same. Nothing for a shape no network has.
  std::optional<ShapeId> find_shape(std::string_view name,
                                    const std::vector<std::int64_t>& shape) const;

 private:
  void add(const Network& network, const std::vector<ParamSpec>& schema,
           std::optional<CauseCode> altered);
  void add_others(std::span<const Layout> layouts);
  void add_other(const Network& network, Layout layout);
  void add_backbones(const Network& network);
  void add_spelling(Spelling spelling, const std::vector<ParamSpec>& tensors);
  ShapeId shape_id(const std::string& name, const std::vector<std::int64_t>& shape);

  const NetworkIndex& networks_;
  std::vector<Spelling> spellings_;
  std::unordered_map<std::string, NameId> names_;
  std::unordered_map<std::string, ShapeId> shapes_;
};

// The namings but effdet's that `name`, of a tensor or of a model, may be of; prefixes before it
// count for nothing.
std::vector<Layout> other_layouts_of(std::string_view name);

// Of what a tensor's first dimension counts the outputs.
enum class Predictor { none, classes, boxes };
Predictor predictor_of(std::string_view name);

// "….num_batches_tracked": Python supplies it in some files and asks for it in others.
bool is_batch_counter(std::string_view name);

}  // namespace effgate
