#include "harness/checkpoint/torch_pickle.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/checkpoint/globals.h"
#include "harness/checkpoint/state_dict.h"

namespace effgate {
namespace {

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text = join(std::span(names).first(std::min(names.size(), kShown)), ", ");
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

// What the root is, for someone who looks for a state dict in it.
std::string describe_root(const PickleTree& tree, NodeId root) {
  if (is_tensor(tree, root)) return "a lone tensor";
  if (const auto entries = mapping_entries(tree, root))
    return entries->empty() ? "an empty dictionary" : "a dictionary without tensors";
  if (tree.is(root, NodeKind::call)) {
    const NodeId callee = tree.callee(root);
    return fmt::format("an object of {}", printable_utf8(tree.name(callee).substr(0, 100)));
  }
  switch (tree.kind(root)) {
    case NodeKind::list: return "a list";
    case NodeKind::tuple: return "a tuple";
    case NodeKind::text: return "a text";
    case NodeKind::none: return "nothing";
    default: return "a single value";
  }
}

class Reading {
 public:
  Reading(const PickleTree& tree, const StorageSource& storages, Findings& findings)
      : tree_(tree), storages_(storages), findings_(findings) {}

  void take(std::string_view name, NodeId id) {
    if (findings_.tensors.size() >= kMostTensors || !has_room_for(name)) return report_too_many();
    if (!is_utf8_with_surrogates(name))
      return report(name, Error{ErrorKind::malformed, "has a name that is not UTF-8"});
    auto tensor = read_tensor(tree_, id, storages_);
    if (!tensor.ok()) return report(name, tensor.error());
    dimensions_ += tensor->shape.size();
    if (dimensions_ > kMostDimensionsInAll) return report_too_many();
    tensor->name = name;
    findings_.tensors.push_back(*std::move(tensor));
  }

  // A key that holds something else.
  void take_other(std::string_view key) {
    constexpr std::size_t kLongestShown = 512;
    key = key.substr(0, kLongestShown);
    if (findings_.other_entries.size() < kMostTensors && has_room_for(key))
      findings_.other_entries.emplace_back(key);
  }

 private:
  bool has_room_for(std::string_view key) {
    if (name_bytes_ + key.size() > kMostNameBytes) return false;
    name_bytes_ += key.size();
    return true;
  }
  void report_too_many() {
    if (!overfull_) findings_.report(FileProblem::corrupt, "It has more tensors than any model.");
    overfull_ = true;
  }
  void report(std::string_view name, const Error& error) {
    if (++failures_ > kMostTensorProblems) return;
    const auto code = error.kind == ErrorKind::unsupported ? FileProblem::no_state_dict
                      : error.kind == ErrorKind::truncated ? FileProblem::truncated
                                                           : FileProblem::corrupt;
    findings_.report(
        code, fmt::format("Tensor {} {}.", printable_utf8(name.substr(0, 200)), error.message));
  }

  const PickleTree& tree_;
  const StorageSource& storages_;
  Findings& findings_;
  std::size_t failures_ = 0;
  std::size_t name_bytes_ = 0;
  std::size_t dimensions_ = 0;
  bool overfull_ = false;
};

void read_module_archive(const PickleTree& tree, NodeId root, const StorageSource& storages,
                         Findings& findings) {
  const auto tensors = archived_tensors(tree, root);
  if (tensors.empty()) {
    findings.report(FileProblem::no_state_dict, "The module in it has no tensors.");
    return;
  }
  findings.state_dicts.push_back({"", tensors.size(), false});
  Reading reading(tree, storages, findings);
  for (const ArchivedValue& tensor : tensors) reading.take(tensor.name, tensor.node);
}

void read_state_dict(const PickleTree& tree, const FoundStateDict& chosen,
                     const StorageSource& storages, Findings& findings) {
  findings.wrappers = chosen.keys;
  findings.module_versions = module_versions(tree, chosen.node);
  Reading reading(tree, storages, findings);
  const auto entries = mapping_entries(tree, chosen.node);
  for (const auto& [key, value] : *entries) {
    if (!tree.is(key, NodeKind::text)) continue;
    if (is_tensor(tree, value)) {
      reading.take(tree.text(key), value);
    } else {
      reading.take_other(tree.text(key));
    }
  }
}

PickleFacts facts_of(const PickleTree& tree) {
  PickleFacts facts;
  for (NodeId id = 0; id < tree.size(); ++id) {
    const NodeId callee = tree.callee(id);
    if (callee == kNoNode) continue;
    const std::string_view name = tree.name(callee);
    if (name == "OrderedDict") facts.ordered_dict |= tree.contents(id) != kNoNode;
    if (name.starts_with("_rebuild_parameter")) facts.parameters = true;
    if (name == "_rebuild_tensor_v3") facts.newer_dtypes = true;
  }
  return facts;
}

// The entries of the root, which holds the chosen state dict somewhere below.
void read_outer_entries(const PickleTree& tree, NodeId root, Findings& findings) {
  constexpr std::size_t kMostBytes = 512;
  if (findings.wrappers.empty()) return;
  const auto entries = mapping_entries(tree, root);
  if (!entries) return;
  for (const auto& [key, value] : *entries) {
    if (!tree.is(key, NodeKind::text) || findings.outer_entries.size() == kMostTensors) continue;
    const std::string_view text =
        tree.is(value, NodeKind::text) ? tree.text(value) : std::string_view();
    findings.outer_entries.emplace_back(tree.text(key).substr(0, kMostBytes),
                                        text.size() <= kMostBytes ? text : std::string_view());
  }
}

// The state dict that the caller named by its key.
Result<FoundStateDict> state_dict_below(const PickleTree& tree, NodeId root,
                                        const std::vector<FoundStateDict>& found,
                                        const std::string& key) {
  const NodeId node = value_below(tree, root, key);
  const auto at = std::ranges::find(found, node, &FoundStateDict::node);
  if (node != kNoNode && at != found.end()) return *at;
  std::vector<std::string> keys;
  keys.reserve(found.size());
  for (const FoundStateDict& one : found) keys.push_back(join(one.keys, "."));
  return Error{ErrorKind::not_found, fmt::format("it has no state dict under the key {}{}", key,
                                                 did_you_mean(key, keys))};
}

}  // namespace

void report_calls(const Unpickled& pickle, bool torch_archive, Findings& findings) {
  PickleCalls calls = examine_calls(pickle.tree, torch_archive);
  if (!calls.unsafe.empty()) {
    findings.report(FileProblem::unsafe,
                    fmt::format("Unpickling it would call {}.", listed(calls.unsafe)));
  }
  if (!calls.modules.empty()) {
    findings.report(
        FileProblem::whole_module,
        fmt::format("It is a pickled module of {}, not a state dict.", listed(calls.modules)));
  }
  for (std::string& name : calls.data) {
    if (std::ranges::find(findings.inert_globals, name) == findings.inert_globals.end())
      findings.inert_globals.push_back(std::move(name));
  }
}

Status read_torch_pickle(const Unpickled& pickle, const StorageSource& storages,
                         const OpenOptions& options, Findings& findings) {
  const PickleTree& tree = pickle.tree;
  if (pickle.error) return success();  // told by whoever read the pickle
  findings.pickle = facts_of(tree);
  const auto found = find_state_dicts(tree, pickle.root);
  if (found.empty() && is_module_archive(findings.container) && options.key.empty()) {
    read_module_archive(tree, pickle.root, storages, findings);
    return success();
  }
  for (const FoundStateDict& one : found)
    findings.state_dicts.push_back({join(one.keys, "."), one.tensors, one.ema});
  if (!options.key.empty()) {
    EFFGATE_ASSIGN(const FoundStateDict chosen,
                   state_dict_below(tree, pickle.root, found, options.key));
    read_state_dict(tree, chosen, storages, findings);
    read_outer_entries(tree, pickle.root, findings);
    return success();
  }
  if (!found.empty()) {
    read_state_dict(tree, found[choose_state_dict(found, options.ema)], storages, findings);
    read_outer_entries(tree, pickle.root, findings);
    return success();
  }
  const bool told = std::ranges::any_of(findings.problems, [](const Problem& problem) {
    return problem.code == FileProblem::unsafe || problem.code == FileProblem::whole_module;
  });
  if (!told) {
    findings.report(FileProblem::no_state_dict, fmt::format("It holds {}, not a state dict.",
                                                            describe_root(tree, pickle.root)));
  }
  return success();
}

}  // namespace effgate
