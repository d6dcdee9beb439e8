#include "harness/layout/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace effgate {
namespace {

using std::string_view;

string_view module_of(string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == string_view::npos ? string_view() : key.substr(0, dot);
}

// The modules that the schema shows, in the order in which Python visits them.
class Modules {
 public:
  explicit Modules(std::span<const ParamSpec> expected) {
    add("");
    for (const ParamSpec& param : expected) {
      const string_view key = param.name;
      for (std::size_t dot = key.find('.'); dot != string_view::npos; dot = key.find('.', dot + 1))
        add(key.substr(0, dot));
    }
  }

  std::size_t count() const { return places_.size(); }

  // The place of the innermost module on the way to `key` that the model has. Nothing longer than
  // its longest path is looked up, since a key may have as many dots as bytes.
  std::size_t innermost(string_view key) const {
    string_view module = module_of(key.substr(0, longest_ + 1));
    while (!places_.contains(module)) module = module_of(module);
    return places_.at(module);
  }

 private:
  void add(string_view path) {
    places_.try_emplace(path, places_.size());
    longest_ = std::max(longest_, path.size());
  }
  std::unordered_map<string_view, std::size_t> places_;
  std::size_t longest_ = 0;
};

// Each module names what it does not know among the keys below it that no submodule takes: module
// by module, in file order within each.
std::vector<std::string> unexpected_keys(std::span<const ParamSpec> expected,
                                         const std::vector<string_view>& present) {
  const Modules modules(expected);
  std::unordered_set<string_view> known;
  for (const ParamSpec& param : expected) known.insert(param.name);
  std::vector<std::vector<string_view>> by_module(modules.count());
  for (const string_view key : present) {
    if (!known.contains(key)) by_module[modules.innermost(key)].push_back(key);
  }
  std::vector<std::string> keys;
  for (const auto& of_module : by_module)
    keys.insert(keys.end(), of_module.begin(), of_module.end());
  return keys;
}

// BatchNorm supplies its counter itself below version 2, as for files that do not tell.
bool supplies_counter(const StoredState& state, string_view key) {
  if (key != "num_batches_tracked" && !key.ends_with(".num_batches_tracked")) return false;
  const auto version = state.module_versions.find(std::string(module_of(key)));
  return version == state.module_versions.end() || version->second < 2;
}

// A scalar may be stored as a vector, as torch did before 0.4: its first element counts.
bool fits(const std::vector<std::int64_t>& file, const std::vector<std::int64_t>& model) {
  return file == model || (model.empty() && file.size() == 1 && file[0] > 0);
}

}  // namespace

StoredState stored_state(const Checkpoint& checkpoint) {
  StoredState state;
  for (const TensorEntry& tensor : checkpoint.tensors())
    state.tensors.push_back({tensor.name, tensor.shape, tensor.dtype});
  state.others = checkpoint.other_entries();
  state.module_versions.insert(checkpoint.module_versions().begin(),
                               checkpoint.module_versions().end());
  return state;
}

Comparison compare_strictly(const StoredState& state, std::span<const ParamSpec> expected) {
  std::unordered_map<string_view, const ParamSpec*> tensors;
  std::vector<string_view> present;
  for (const ParamSpec& tensor : state.tensors) {
    tensors.emplace(tensor.name, &tensor);
    present.push_back(tensor.name);
  }
  const std::unordered_set<string_view> others(state.others.begin(), state.others.end());
  present.insert(present.end(), state.others.begin(), state.others.end());

  Comparison result;
  for (const ParamSpec& model : expected) {
    const auto found = tensors.find(model.name);
    if (found != tensors.end()) {
      const ParamSpec& file = *found->second;
      if (!fits(file.shape, model.shape)) {
        result.mismatched.push_back({model.name, file.shape, model.shape});
      } else if (file.dtype != model.dtype) {
        result.dtypes.push_back({model.name, file.dtype, model.dtype});
      }
    } else if (others.contains(model.name)) {
      result.not_tensors.push_back(model.name);
    } else {
      (supplies_counter(state, model.name) ? result.supplied : result.missing)
          .push_back(model.name);
    }
  }
  result.unexpected = unexpected_keys(expected, present);
  return result;
}

std::string summary(const Comparison& comparison) {
  if (comparison.loads()) return "";
  std::string text =
      fmt::format("{} missing, {} unexpected and {} mismatched keys", comparison.missing.size(),
                  comparison.unexpected.size(), comparison.mismatched.size());
  if (!comparison.not_tensors.empty())
    text += fmt::format(", {} that hold no tensor", comparison.not_tensors.size());
  return text;
}

}  // namespace effgate
