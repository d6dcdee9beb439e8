#include "harness/doctor/message/spellings.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "harness/base/text.h"
#include "harness/doctor/reading.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

using std::string_view;

struct PredictorName {
  string_view part;
  Predictor predictor;
};
// effdet, zylo117, mmdetection, toandaominh1997 of both generations.
constexpr std::array kPredictors = {
    PredictorName{"class_net.predict.", Predictor::classes},
    PredictorName{"classifier.header.", Predictor::classes},
    PredictorName{"bbox_head.cls_header.", Predictor::classes},
    PredictorName{"bbox_head.retina_cls.", Predictor::classes},
    PredictorName{"classificationModel.output.", Predictor::classes},
    PredictorName{"box_net.predict.", Predictor::boxes},
    PredictorName{"regressor.header.", Predictor::boxes},
    PredictorName{"bbox_head.reg_header.", Predictor::boxes},
    PredictorName{"bbox_head.retina_reg.", Predictor::boxes},
    PredictorName{"regressionModel.output.", Predictor::boxes},
};

// What classifiers have behind the features of a detector's backbone.
constexpr std::array<string_view, 8> kTimmHead = {
    "conv_head.weight", "bn2.weight",        "bn2.bias",        "bn2.running_mean",
    "bn2.running_var",  "classifier.weight", "classifier.bias", "conv_head.bias"};
constexpr std::array<string_view, 7> kLukemelasHead = {
    "_conv_head.weight", "_bn1.weight", "_bn1.bias", "_bn1.running_mean",
    "_bn1.running_var",  "_fc.weight",  "_fc.bias"};

constexpr std::array<string_view, 7> kZyloHead = {
    "_conv_head.conv.weight", "_bn1.weight", "_bn1.bias", "_bn1.running_mean",
    "_bn1.running_var",       "_fc.weight",  "_fc.bias"};

constexpr string_view kBackbone = "backbone.";
constexpr string_view kZyloBackbone = "backbone_net.model.";

std::vector<std::string> names_of(const std::vector<ParamSpec>& tensors) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : tensors) names.push_back(tensor.name);
  return names;
}

// The network under the names of another layout, what only that one has included.
std::vector<ParamSpec> translated(const Network& network, Layout layout) {
  const auto translation =
      translate(names_of(network.schema), network.config, Layout::effdet, layout);
  std::vector<ParamSpec> theirs;
  if (!translation.ok()) return theirs;
  std::unordered_map<string_view, const ParamSpec*> by_name;
  for (const ParamSpec& param : network.schema) by_name.emplace(param.name, &param);
  for (const auto& [from, to] : translation->renamed)
    theirs.push_back({to, by_name.at(from)->shape, by_name.at(from)->dtype});
  for (const SuppliedTensor& supplied : translation->supplied) theirs.push_back(supplied.param);
  return theirs;
}

// What stands behind `prefix`, without it.
std::vector<ParamSpec> bare_backbone(const std::vector<ParamSpec>& tensors, string_view prefix) {
  std::vector<ParamSpec> bare;
  for (const ParamSpec& tensor : tensors) {
    if (tensor.name.starts_with(prefix))
      bare.push_back({tensor.name.substr(prefix.size()), tensor.shape, tensor.dtype});
  }
  return bare;
}

void add_head(std::span<const string_view> names, std::vector<ParamSpec>& tensors) {
  for (const string_view name : names) tensors.push_back({std::string(name), {}});
}

// Of networks that an implementation computes in a way of its own.
string_view implementation_prefix(Layout layout) {
  return layout == Layout::zylo ? "zylo:" : layout == Layout::mmdet ? "mmdet:" : "";
}

// Parts of the names of an implementation and of no name of effdet's.
struct LayoutSigns {
  Layout layout;
  std::span<const string_view> parts;
};
constexpr std::array<string_view, 11> kZyloParts = {
    "zylo:",       "backbone_net.", "bifpn.", "regressor.",  "classifier.", "_blocks.",
    "_conv_stem.", "_bn0.",         "_bn1.",  "_conv_head.", "_fc."};
constexpr std::array<string_view, 4> kMmdetParts = {"mmdet:", "backbone.layers.", "neck.",
                                                    "bbox_head."};
constexpr std::array kLayoutSigns = {
    LayoutSigns{Layout::zylo, kZyloParts},
    LayoutSigns{Layout::mmdet, kMmdetParts},
    LayoutSigns{Layout::lukemelas, std::span(kZyloParts).subspan(5)},
};

}  // namespace

Predictor predictor_of(string_view name) {
  for (const PredictorName& predictor : kPredictors)
    if (name.starts_with(predictor.part) && name.find("conv_dw") == string_view::npos &&
        name.find("depthwise") == string_view::npos)
      return predictor.predictor;
  return Predictor::none;
}

bool is_batch_counter(string_view name) { return name.ends_with("num_batches_tracked"); }

std::vector<Layout> other_layouts_of(string_view name) {
  std::vector<Layout> layouts;
  for (const LayoutSigns& signs : kLayoutSigns) {
    const bool is_one = std::ranges::any_of(
        signs.parts, [&](string_view part) { return name.find(part) != string_view::npos; });
    if (is_one) layouts.push_back(signs.layout);
  }
  return layouts;
}

std::string Spelling::name() const {
  return std::string(implementation_prefix(layout)) + network->names.front();
}

bool Spelling::is_named(string_view model) const {
  const string_view prefix = implementation_prefix(layout);
  if (network->has(model)) return true;
  return !prefix.empty() && model.starts_with(prefix) && network->has(model.substr(prefix.size()));
}

Spellings::Spellings(const NetworkIndex& networks, std::span<const Layout> others)
    : networks_(networks) {
  for (const Network& network : networks_.all()) {
    add(network, network.schema, std::nullopt);
    for (const Alteration& alteration : alterations()) {
      ModelConfig altered = network.config;
      alteration.apply(altered);
      add(network, state_dict_schema(altered), alteration.code);
    }
    add_backbones(network);
  }
  add_others(others);
  for (Spelling& spelling : spellings_) {
    spelling.places.assign(names_.size(), -1);
    for (std::size_t i = 0; i < spelling.tensors.size(); ++i)
      spelling.places[spelling.tensors[i].name] = static_cast<std::int32_t>(i);
  }
}

void Spellings::add(const Network& network, const std::vector<ParamSpec>& schema,
                    std::optional<CauseCode> altered) {
  Spelling spelling;
  spelling.network = &network;
  spelling.altered = altered;
  add_spelling(std::move(spelling), schema);
}

void Spellings::add_others(std::span<const Layout> layouts) {
  for (const Layout layout : layouts) {
    const std::vector<std::string> covered = covered_models(layout);
    for (const Network& network : networks_.all())
      if (std::ranges::find(covered, network.names.front()) != covered.end())
        add_other(network, layout);
  }
}

void Spellings::add_other(const Network& network, Layout layout) {
  Spelling spelling;
  spelling.network = &network;
  spelling.layout = layout;
  std::vector<ParamSpec> tensors = translated(network, layout);
  if (layout == Layout::lukemelas) {
    spelling.extent = Extent::bare_backbone;
    add_head(kLukemelasHead, tensors);
  }
  add_spelling(spelling, tensors);
  if (layout != Layout::zylo) return;
  spelling.extent = Extent::bare_backbone;
  std::vector<ParamSpec> bare = bare_backbone(tensors, kZyloBackbone);
  add_head(kZyloHead, bare);
  add_spelling(std::move(spelling), bare);
}

void Spellings::add_backbones(const Network& network) {
  std::vector<ParamSpec> of_detector;
  std::ranges::copy_if(network.schema, std::back_inserter(of_detector),
                       [](const ParamSpec& tensor) { return tensor.name.starts_with(kBackbone); });
  Spelling spelling;
  spelling.network = &network;
  spelling.extent = Extent::backbone;
  add_spelling(spelling, of_detector);
  // Other backbones have the names of classifiers that are no EfficientNet.
  if (network.find("backbone.conv_stem.weight") == nullptr) return;
  std::vector<ParamSpec> bare = bare_backbone(network.schema, kBackbone);
  add_head(kTimmHead, bare);
  spelling.extent = Extent::bare_backbone;
  add_spelling(std::move(spelling), bare);
}

void Spellings::add_spelling(Spelling spelling, const std::vector<ParamSpec>& tensors) {
  for (const ParamSpec& tensor : tensors) {
    if (is_batch_counter(tensor.name)) continue;
    const auto id = names_.try_emplace(tensor.name, static_cast<NameId>(names_.size())).first;
    spelling.tensors.push_back({id->second, shape_id(tensor.name, tensor.shape)});
  }
  spellings_.push_back(std::move(spelling));
}

namespace {

std::string shape_key(string_view name, const std::vector<std::int64_t>& shape) {
  std::string key;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool outputs = i == 0 && predictor_of(name) != Predictor::none;
    key += outputs ? "*" : std::to_string(shape[i]);
    key += ',';
  }
  return key;
}

}  // namespace

ShapeId Spellings::shape_id(const std::string& name, const std::vector<std::int64_t>& shape) {
  return shapes_.try_emplace(shape_key(name, shape), static_cast<ShapeId>(shapes_.size()))
      .first->second;
}

std::optional<NameId> Spellings::find_name(string_view name) const {
  const auto found = names_.find(std::string(name));
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ShapeId> Spellings::find_shape(string_view name,
                                             const std::vector<std::int64_t>& shape) const {
  const auto found = shapes_.find(shape_key(name, shape));
  return found == shapes_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace effgate
