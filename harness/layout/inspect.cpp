#include "harness/layout/inspect.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "harness/graph/catalogue.h"
#include "harness/layout/compare.h"
#include "harness/layout/naming.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

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

std::vector<std::string> names_of(const std::vector<ParamSpec>& tensors) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : tensors) names.push_back(tensor.name);
  return names;
}

bool fits(const StoredState& state, const ModelConfig& model) {
  ModelOverrides overrides;
  overrides.num_classes = class_count(state);
  return compare_strictly(state, state_dict_schema(model, overrides)).loads();
}

// The state under effdet's names; nullopt where it is not all of the model.
std::optional<StoredState> translated(const StoredState& state, std::span<const std::string> names,
                                      const ModelConfig& model, Layout layout) {
  const auto translation = translate(names, model, layout, Layout::effdet);
  if (!translation.ok() || !translation->missing.empty() || !translation->untranslated.empty())
    return std::nullopt;
  std::unordered_map<std::string_view, const ParamSpec*> by_name;
  for (const ParamSpec& tensor : state.tensors) by_name.emplace(tensor.name, &tensor);
  StoredState ours;
  ours.others = state.others;
  for (const auto& [from, to] : translation->renamed)
    ours.tensors.push_back({to, by_name.at(from)->shape, by_name.at(from)->dtype});
  for (const SuppliedTensor& supplied : translation->supplied)
    ours.tensors.push_back(supplied.param);
  return ours;
}

// Every model whose strict load_state_dict takes the state, whatever its number of classes, once
// its tensors have effdet's names.
std::vector<std::string> fitting_models(const StoredState& state, Layout layout) {
  const std::vector<std::string> names = names_of(state.tensors);
  std::vector<std::string> fitting;
  for (const std::string& name : covered_models(layout)) {
    const auto model = find_model(name);
    if (!model.ok()) continue;
    if (layout == Layout::effdet) {
      if (fits(state, *model)) fitting.push_back(name);
    } else if (const auto ours = translated(state, names, *model, layout)) {
      if (fits(*ours, *model)) fitting.push_back(name);
    }
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
  const StoredState state = unwrapped(stored_state(checkpoint), prefixes).state;
  const Recognition recognition = recognise(names_of(state.tensors));
  inspection.layout = to_string(recognition.layout);
  inspection.num_classes = class_count(state);
  inspection.candidates = fitting_models(state, recognition.layout);
  inspection.problems = checkpoint.problems();
  inspection.state_dicts = checkpoint.state_dicts();
  inspection.other_entries = checkpoint.other_entries();
  inspection.inert_globals = checkpoint.inert_globals();
  return inspection;
}

}  // namespace effgate
