#include "harness/doctor/interpretation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <unordered_set>

#include "harness/base/text.h"
#include "harness/doctor/layer_tensor.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;

std::vector<std::string> names_of(std::span<const ParamSpec> tensors) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : tensors) names.push_back(tensor.name);
  return names;
}

template <std::size_t size>
bool starts_with_any(string_view name, const std::array<string_view, size>& prefixes) {
  return std::ranges::any_of(prefixes, [&](string_view p) { return name.starts_with(p); });
}

string_view module_of(string_view name) {
  return name.substr(0, std::min(name.rfind('.'), name.size()));
}

// One way to give the tensors effdet's names.
struct Renaming {
  Layout layout = Layout::effdet;
  Coverage coverage = Coverage::detector;
  StoredState ours;
  std::vector<std::string> from;  // of ours.tensors
  std::vector<std::string> classifier_keys, never_read;
  std::size_t shared = 0;  // with the nearest network, by name and shape
};

// What image classifiers have behind their backbone.
constexpr std::array<string_view, 9> kClassifierHeads = {"conv_head.", "bn2.",  "classifier.",
                                                         "fc.",        "head.", "_conv_head.",
                                                         "_bn1.",      "_fc.",  "norm_head."};
constexpr std::array<string_view, 9> kDetectorParts = {"backbone.", "fpn.",       "class_net.",
                                                       "box_net.",  "bifpn.",     "backbone_net.",
                                                       "neck.",     "bbox_head.", "regressor."};
constexpr std::array<string_view, 6> kBackboneRoots = {"conv_stem.", "blocks.",     "conv1.",
                                                       "layer1.",    "stem_conv1.", "stages."};

Renaming unchanged(const StoredState& state) {
  Renaming renaming;
  renaming.ours = state;
  renaming.from = names_of(state.tensors);
  return renaming;
}

Renaming as_backbone(const StoredState& state) {
  Renaming renaming;
  renaming.coverage = Coverage::classifier;
  for (const ParamSpec& tensor : state.tensors) {
    if (starts_with_any(tensor.name, kClassifierHeads)) {
      renaming.classifier_keys.push_back(tensor.name);
      continue;
    }
    renaming.ours.tensors.push_back({"backbone." + tensor.name, tensor.shape, tensor.dtype});
    renaming.from.push_back(tensor.name);
  }
  for (const auto& [module, version] : state.module_versions)
    renaming.ours.module_versions.emplace("backbone." + module, version);
  renaming.ours.others = state.others;
  return renaming;
}

// Names that the translation does not know stay, and so do versions of modules it renames.
Renaming translated(const StoredState& state, const Network& network, Layout layout) {
  Renaming renaming;
  renaming.layout = layout;
  const auto translation =
      translate(names_of(state.tensors), network.config, layout, Layout::effdet);
  if (!translation.ok()) return renaming;
  std::unordered_map<string_view, const ParamSpec*> by_name;
  for (const ParamSpec& tensor : state.tensors) by_name.emplace(tensor.name, &tensor);
  const auto take = [&](const std::string& from, const std::string& to) {
    renaming.ours.tensors.push_back({to, by_name.at(from)->shape, by_name.at(from)->dtype});
    renaming.from.push_back(from);
    const auto version = state.module_versions.find(std::string(module_of(from)));
    if (version != state.module_versions.end())
      renaming.ours.module_versions.emplace(module_of(to), version->second);
  };
  for (const RenamedTensor& renamed : translation->renamed) take(renamed.from, renamed.to);
  for (const std::string& name : translation->untranslated) {
    if (layout == Layout::lukemelas && starts_with_any(name, kClassifierHeads)) {
      renaming.classifier_keys.push_back(name);
    } else {
      take(name, name);
    }
  }
  renaming.never_read = translation->never_read;
  renaming.ours.others = state.others;
  if (layout == Layout::lukemelas) renaming.coverage = Coverage::classifier;
  return renaming;
}

// How a layout begins the names of a backbone's blocks, and how many numbers follow.
struct OtherNames {
  Layout layout;
  std::array<string_view, 3> signs;
  string_view blocks;
  int numbers;
};
constexpr std::array kOtherNames = {
    OtherNames{
        Layout::zylo, {"bifpn.", "backbone_net.", "regressor."}, "backbone_net.model._blocks.", 1},
    OtherNames{
        Layout::mmdet, {"neck.bifpn.", "backbone.layers.", "bbox_head."}, "backbone.layers.", 2},
    OtherNames{Layout::lukemelas, {"_blocks.", "_conv_stem.", "_bn0."}, "_blocks.", 1},
};

// Blocks of the backbone: distinct "N." or "N.M." behind the names' common begin.
std::size_t count_blocks(const StoredState& state, const OtherNames& names) {
  std::set<string_view> blocks;
  for (const ParamSpec& tensor : state.tensors) {
    if (!tensor.name.starts_with(names.blocks)) continue;
    const string_view rest = string_view(tensor.name).substr(names.blocks.size());
    std::size_t end = rest.find('.');
    if (names.numbers == 2 && end != string_view::npos) end = rest.find('.', end + 1);
    const string_view number = rest.substr(0, end);
    if (names.numbers == 1 || parse_integer(number.substr(number.find('.') + 1)))
      blocks.insert(number);
  }
  return blocks.size();
}

// Each block has one depthwise convolution.
std::size_t block_count(const Network& network) {
  return static_cast<std::size_t>(std::ranges::count_if(network.schema, [](const ParamSpec& p) {
    return p.name.starts_with("backbone.") && p.name.ends_with(".conv_dw.weight");
  }));
}

// Networks that the layout covers, those with about as many blocks first.
std::vector<const Network*> likely_networks(const StoredState& state, const OtherNames& names,
                                            const NetworkIndex& networks) {
  constexpr std::size_t kMost = 3;
  const std::vector<std::string> covered = covered_models(names.layout);
  const auto blocks = static_cast<std::ptrdiff_t>(count_blocks(state, names));
  std::vector<const Network*> likely;
  for (const Network& network : networks.all())
    if (std::ranges::find(covered, network.names.front()) != covered.end())
      likely.push_back(&network);
  std::ranges::stable_sort(likely, {}, [&](const Network* network) {
    return std::abs(static_cast<std::ptrdiff_t>(block_count(*network)) - blocks);
  });
  if (likely.size() > kMost) likely.resize(kMost);
  return likely;
}

bool suggests(const StoredState& state, const OtherNames& names) {
  return std::ranges::any_of(state.tensors, [&](const ParamSpec& tensor) {
    return starts_with_any(tensor.name, names.signs);
  });
}

bool suggests_backbone(const StoredState& state) {
  bool root = false;
  for (const ParamSpec& tensor : state.tensors) {
    if (starts_with_any(tensor.name, kDetectorParts)) return false;
    root = root || starts_with_any(tensor.name, kBackboneRoots);
  }
  return root;
}

// The renaming whose names and shapes have most in common with one network, the first of equals.
// Only the best so far is kept, since each holds all names of the file.
Renaming best_renaming(const StoredState& state, const NetworkIndex& networks) {
  std::optional<Renaming> best;
  const auto consider = [&](Renaming renaming) {
    for (const RankedNetwork& entry : networks.ranked(renaming.ours.tensors))
      renaming.shared = std::max(renaming.shared, entry.shared);
    if (!best || renaming.shared > best->shared) best = std::move(renaming);
  };
  consider(unchanged(state));
  if (suggests_backbone(state)) consider(as_backbone(state));
  for (const OtherNames& names : kOtherNames) {
    if (!suggests(state, names)) continue;
    for (const Network* network : likely_networks(state, names, networks))
      consider(translated(state, *network, names.layout));
  }
  return *std::move(best);
}

bool holds_only_a_backbone(const StoredState& ours) {
  const auto starts_with = [&](string_view part) {
    return std::ranges::any_of(
        ours.tensors, [&](const ParamSpec& tensor) { return tensor.name.starts_with(part); });
  };
  return starts_with("backbone.") && !starts_with("fpn.") && !starts_with("class_net.") &&
         !starts_with("box_net.");
}

bool is_of_a_detector(string_view name) {
  return name.starts_with("backbone.") || name.starts_with("fpn.") ||
         name.starts_with("class_net.") || name.starts_with("box_net.");
}

std::size_t count_surplus_layers(const Interpretation& found) {
  const std::vector<std::string>& unexpected = found.reading.remaining.unexpected;
  const std::unordered_set<string_view> surplus(unexpected.begin(), unexpected.end());
  return static_cast<std::size_t>(
      std::ranges::count_if(found.ours.tensors, [&](const ParamSpec& tensor) {
        return is_of_a_detector(tensor.name) && is_of_a_layer(tensor) &&
               surplus.contains(tensor.name);
      }));
}

// Nine tenths of the names of a detector, from backbone to heads.
bool holds_a_detector(const Interpretation& found) {
  const Comparison& left = found.reading.remaining;
  const auto lacking = left.not_tensors.size() +
                       static_cast<std::size_t>(std::ranges::count_if(
                           left.missing, [](const auto& key) { return !is_counter(key); }));
  return found.coverage == Coverage::detector && found.reading.named >= 9 * lacking;
}

// `unwrapped` is what is left of the stored tensors without those of a bench, in the same order.
void remember_names(const StoredState& stored, const StoredState& unwrapped,
                    const std::vector<std::string>& from, Interpretation& result) {
  std::unordered_map<string_view, const std::string*> bare;
  std::size_t of_bench = 0, kept = 0;
  for (const ParamSpec& tensor : stored.tensors) {
    if (of_bench < result.from_bench.size() && tensor.name == result.from_bench[of_bench]) {
      ++of_bench;
    } else {
      bare.emplace(unwrapped.tensors[kept++].name, &tensor.name);
    }
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto found = bare.find(from[i]);
    if (found != bare.end())
      result.stored_names.emplace(result.ours.tensors[i].name, *found->second);
  }
}

}  // namespace

const std::string& Interpretation::stored_name(const std::string& ours_name) const {
  const auto found = stored_names.find(ours_name);
  return found == stored_names.end() ? ours_name : found->second;
}

bool Interpretation::is_foreign(const Network* target) const {
  if (is_recognised_only()) return false;
  if (reading.network == nullptr) return true;
  // Sizes of one family share far more than half of their names, and chance gives far less. What
  // lies beside a whole detector may be of any number.
  if (2 * reading.named < ours.tensors.size() && !holds_a_detector(*this)) return true;
  // Another family's classifier: the networks that were built upon it do not make it a detector.
  const std::string& family = reading.config.backbone.name;
  const bool of_target = target != nullptr && target->config.backbone.name == family;
  return coverage == Coverage::classifier && !of_target &&
         family.find("efficientnet") == std::string::npos;
}

bool Interpretation::is_recognised_only() const {
  return naming.layout == Layout::toandaominh || naming.layout == Layout::signatrix;
}

bool Interpretation::is_of_no_network() const {
  return 10 * (surplus_layers + reading.remaining.mismatched.size()) > ours.tensors.size();
}

std::vector<std::string> Interpretation::model_names() const {
  if (reading.network == nullptr) return {};
  std::vector<std::string> names;
  const bool other = naming.layout == Layout::zylo || naming.layout == Layout::mmdet;
  for (const std::string& name : reading.network->names)
    if (other && !name.ends_with("_ap") && name.starts_with("tf_"))
      names.push_back(std::string(to_string(naming.layout)) + ":" + name);
  // Whoever named the tensors, a network that only effdet has is effdet's.
  return names.empty() ? reading.network->names : names;
}

Interpretation interpret(const StoredState& stored, const NetworkIndex& networks,
                         const Network* target) {
  Interpretation result;
  result.prefixes = wrapper_prefixes(names_of(stored.tensors));
  Unwrapped bare = unwrapped(stored, result.prefixes);
  result.from_bench = std::move(bare.from_bench);
  result.inner = std::move(bare.inner);
  result.naming = recognise(names_of(bare.state.tensors));
  if (result.is_recognised_only()) return result;
  Renaming renaming = best_renaming(bare.state, networks);
  if (renaming.shared > 0) result.naming = {renaming.layout, ""};
  result.ours = std::move(renaming.ours);
  result.classifier_keys = std::move(renaming.classifier_keys);
  result.never_read = std::move(renaming.never_read);
  remember_names(stored, bare.state, renaming.from, result);
  if (result.ours.tensors.empty()) return result;
  result.coverage = renaming.coverage;
  if (result.coverage == Coverage::detector && holds_only_a_backbone(result.ours))
    result.coverage = Coverage::backbone;
  result.reading = result.coverage == Coverage::detector
                       ? read_detector(result.ours, networks, target)
                       : read_backbone(result.ours, networks, target);
  result.surplus_layers = count_surplus_layers(result);
  return result;
}

}  // namespace effgate
