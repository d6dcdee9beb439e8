#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/checkpoint/pickle_tree.h"

namespace effgate {

// Key and value of one entry of a mapping.
using Entry = std::pair<NodeId, NodeId>;

// The entries of a dict, an OrderedDict or another object that holds a dict, as Python would have
// them: of equal text keys the last value, at the place of the first. Nothing where the node is no
// mapping.
std::optional<std::vector<Entry>> mapping_entries(const PickleTree& tree, NodeId id);

// Under which keys training programs store weights, the more telling first: "state_dict", "model".
std::span<const std::string_view> known_state_dict_keys();

// A mapping with at least one tensor under a text key.
struct FoundStateDict {
  NodeId node = kNoNode;
  std::vector<std::string> keys;  // that lead to it, outermost first
  std::size_t tensors = 0;
  bool ema = false;
};

// Every state dict at most three keys below `root`, in file order; what optimizers and schedulers
// keep is left out.
std::vector<FoundStateDict> find_state_dicts(const PickleTree& tree, NodeId root);

// The index of the one to take: the top level unless a key holds a larger one; keys that are known
// for it (state_dict, model, …) before others; plain before averaged weights, or the reverse where
// `ema`; but no few tensors that merely lie beside the weights. `found` must not be empty.
std::size_t choose_state_dict(const std::vector<FoundStateDict>& found, bool ema);

// The value below `path`, keys joined by dots; kNoNode where there is none.
NodeId value_below(const PickleTree& tree, NodeId root, std::string_view path);

// `_metadata` of a state dict: module path → version.
std::vector<std::pair<std::string, std::int64_t>> module_versions(const PickleTree& tree,
                                                                  NodeId state_dict);

// A tensor, or another value, of a module archive under its dotted path.
struct ArchivedValue {
  std::string name;
  NodeId node = kNoNode;
};
// The tensors of a C++ or TorchScript module object: its own, then those of its submodules, in file
// order.
std::vector<ArchivedValue> archived_tensors(const PickleTree& tree, NodeId root);

}  // namespace effgate
