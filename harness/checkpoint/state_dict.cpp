#include "harness/checkpoint/state_dict.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <tuple>
#include <unordered_map>

#include "harness/base/text.h"
#include "harness/checkpoint/findings.h"
#include "harness/checkpoint/torch_tensor.h"

namespace effgate {
namespace {

constexpr std::size_t kDeepest = 3;
constexpr std::size_t kLongestKey = 512;
// No model comes near; what is left out of a longer one is reported as too many tensors.
constexpr std::size_t kMostEntries = 2 * kMostTensors;

constexpr std::array<std::string_view, 20> kKnownKeys = {"state_dict",
                                                         "state_dict_ema",
                                                         "model_state_dict",
                                                         "model_state",
                                                         "model",
                                                         "model_ema",
                                                         "ema",
                                                         "ema_state_dict",
                                                         "net",
                                                         "network",
                                                         "module",
                                                         "weights",
                                                         "params",
                                                         "params_ema",
                                                         "ema_model",
                                                         "net_state_dict",
                                                         "model_weights",
                                                         "student",
                                                         "teacher",
                                                         "detector"};

// Keys whose content has tensors that are no weights.
constexpr std::array<std::string_view, 12> kNotWeights = {
    "optimizer",        "optimizers", "optimizer_state_dict",
    "optimizer_states", "optim",      "amp_scaler",
    "scaler",           "scheduler",  "lr_scheduler",
    "lr_schedulers",    "rng_state",  "_metadata"};

bool is_ema_key(std::string_view key) {
  const std::string lowered = lower(key);
  for (const char separator : {'_', '.', '-'}) {
    for (const std::string& word : split(lowered, separator)) {
      if (word == "ema" || word == "averaged" || word == "swa") return true;
    }
  }
  return false;
}

// Entries given as pairs: OrderedDict([[key, value], …]), as Python 2 pickled it.
std::vector<Entry> pair_entries(const PickleTree& tree, NodeId pairs) {
  std::vector<Entry> entries;
  for (const NodeId pair : tree.items(pairs)) {
    if (entries.size() == kMostEntries) break;
    const auto both = tree.items(pair);
    if (both.size() == 2) entries.emplace_back(both[0], both[1]);
  }
  return entries;
}

std::vector<Entry> dict_entries(const PickleTree& tree, NodeId dict) {
  std::vector<Entry> entries;
  entries.reserve(std::min(tree.items(dict).size() / 2, kMostEntries));
  NodeId key = kNoNode;
  bool is_key = true;
  for (const NodeId item : tree.items(dict)) {
    if (entries.size() == kMostEntries) break;
    if (is_key) {
      key = item;
    } else {
      entries.emplace_back(key, item);
    }
    is_key = !is_key;
  }
  return entries;
}

std::vector<Entry> last_of_each_key(const PickleTree& tree, std::vector<Entry> entries) {
  if (entries.size() < 2) return entries;
  std::pmr::monotonic_buffer_resource memory;
  std::pmr::unordered_map<std::string_view, std::size_t> places(&memory);
  places.reserve(entries.size());
  std::size_t kept = 0;
  for (const Entry& entry : entries) {
    if (tree.is(entry.first, NodeKind::text)) {
      const auto [place, fresh] = places.try_emplace(tree.text(entry.first), kept);
      if (!fresh) {
        entries[place->second].second = entry.second;
        continue;
      }
    }
    entries[kept++] = entry;
  }
  entries.resize(kept);
  return entries;
}

// torch.jit._pickle.restore_type_tag(value, type) is the value.
NodeId without_type_tag(const PickleTree& tree, NodeId id) {
  if (!tree.is_global(tree.callee(id), "torch.jit._pickle", "restore_type_tag")) return id;
  return tree.items(tree.arguments(id))[0];
}

std::size_t count_tensors(const PickleTree& tree, const std::vector<Entry>& entries) {
  return static_cast<std::size_t>(std::ranges::count_if(entries, [&](const Entry& entry) {
    return tree.is(entry.first, NodeKind::text) && is_tensor(tree, entry.second);
  }));
}

class Search {
 public:
  explicit Search(const PickleTree& tree) : tree_(tree), visited_(tree.size()) {}

  std::vector<FoundStateDict> run(NodeId root) {
    look(root, {});
    return std::move(found_);
  }

 private:
  // Recurses at most kDeepest times.
  void look(NodeId id, const std::vector<std::string>& keys) {
    if (id >= visited_.size() || visited_[id] || found_.size() >= kMostNotes) return;
    visited_[id] = true;
    const auto entries = mapping_entries(tree_, id);
    if (!entries) return;
    const std::size_t tensors = count_tensors(tree_, *entries);
    if (tensors > 0) found_.push_back({id, keys, tensors, std::ranges::any_of(keys, is_ema_key)});
    if (keys.size() == kDeepest) return;
    for (const auto& [key, value] : *entries) {
      const std::string_view text = tree_.text(key);
      if (!tree_.is(key, NodeKind::text) || text.size() > kLongestKey) continue;
      if (std::ranges::find(kNotWeights, text) != kNotWeights.end()) continue;
      std::vector<std::string> below = keys;
      below.emplace_back(text);
      look(value, below);
    }
  }

  const PickleTree& tree_;
  std::vector<bool> visited_;
  std::vector<FoundStateDict> found_;
};

constexpr std::size_t kUnknownKey = 1000;
std::size_t rank(std::string_view key) {
  const auto at = std::ranges::find(kKnownKeys, key);
  return at == kKnownKeys.end() ? kUnknownKey : static_cast<std::size_t>(at - kKnownKeys.begin());
}

}  // namespace

std::optional<std::vector<Entry>> mapping_entries(const PickleTree& tree, NodeId id) {
  id = without_type_tag(tree, id);
  if (tree.is(id, NodeKind::dict)) return last_of_each_key(tree, dict_entries(tree, id));
  if (!tree.is(id, NodeKind::call)) return std::nullopt;
  if (tree.is(tree.contents(id), NodeKind::dict))
    return last_of_each_key(tree, dict_entries(tree, tree.contents(id)));
  if (tree.is_global(tree.callee(id), "collections", "OrderedDict"))
    return last_of_each_key(tree, pair_entries(tree, tree.items(tree.arguments(id))[0]));
  return std::nullopt;
}

std::span<const std::string_view> known_state_dict_keys() { return kKnownKeys; }

std::vector<FoundStateDict> find_state_dicts(const PickleTree& tree, NodeId root) {
  return Search(tree).run(root);
}

std::size_t choose_state_dict(const std::vector<FoundStateDict>& found, bool ema) {
  std::size_t largest_nested = 0;
  for (const FoundStateDict& one : found) {
    if (!one.keys.empty()) largest_nested = std::max(largest_nested, one.tensors);
  }
  // A step counter or a best metric beside the weights, whether these are averaged or not.
  const auto is_stray = [&](const FoundStateDict& one) {
    if (one.keys.empty()) return one.tensors < largest_nested;
    return rank(one.keys.back()) == kUnknownKey && 2 * one.tensors < largest_nested;
  };
  // Smaller is better.
  const auto order = [&](const FoundStateDict& one) {
    std::size_t keys_rank = 0;
    for (const std::string& key : one.keys) keys_rank += rank(key) + 1;
    return std::tuple(is_stray(one), one.ema != ema, keys_rank, kMostTensors * 64 - one.tensors);
  };
  return static_cast<std::size_t>(std::ranges::min_element(found, {}, order) - found.begin());
}

NodeId value_below(const PickleTree& tree, NodeId root, std::string_view path) {
  const auto entries = mapping_entries(tree, root);
  if (!entries) return kNoNode;
  for (const auto& [key, value] : *entries) {
    if (tree.is(key, NodeKind::text) && tree.text(key) == path) return value;
  }
  for (const auto& [key, value] : *entries) {
    const std::string_view text = tree.text(key);
    if (!tree.is(key, NodeKind::text) || text.empty() || path.size() <= text.size()) continue;
    if (!path.starts_with(text) || path[text.size()] != '.') continue;
    return value_below(tree, value, path.substr(text.size() + 1));
  }
  return kNoNode;
}

std::vector<std::pair<std::string, std::int64_t>> module_versions(const PickleTree& tree,
                                                                  NodeId state_dict) {
  std::vector<std::pair<std::string, std::int64_t>> versions;
  const NodeId metadata = value_below(tree, tree.state(state_dict), "_metadata");
  const auto modules = mapping_entries(tree, metadata);
  if (!modules) return versions;
  for (const auto& [module, properties] : *modules) {
    // One property is usual; a large dictionary shared by all modules would take forever.
    if (tree.items(properties).size() > kMostNotes) continue;
    const auto version = tree.integer(value_below(tree, properties, "version"));
    if (tree.text(module).size() > kLongestKey) continue;
    if (tree.is(module, NodeKind::text) && version)
      versions.emplace_back(tree.text(module), *version);
    if (versions.size() >= kMostTensors) break;
  }
  return versions;
}

std::vector<ArchivedValue> archived_tensors(const PickleTree& tree, NodeId root) {
  std::vector<ArchivedValue> tensors;
  std::vector<bool> visited(tree.size());
  std::vector<ArchivedValue> pending = {{"", root}};  // the next module is at the back
  std::size_t name_bytes = 0;
  while (!pending.empty() && tensors.size() < kMostTensors) {
    const ArchivedValue module = std::move(pending.back());
    pending.pop_back();
    if (module.node >= visited.size() || visited[module.node]) continue;
    visited[module.node] = true;
    std::vector<ArchivedValue> submodules;
    for (const auto& [key, value] :
         mapping_entries(tree, tree.state(module.node)).value_or(std::vector<Entry>{})) {
      const std::string_view text = tree.text(key).substr(0, kLongestKey);
      std::string name = module.name.empty() ? "" : module.name + ".";
      name += text;
      if (name.size() > kLongestKey || submodules.size() + pending.size() > kMostTensors) continue;
      name_bytes += name.size();
      if (name_bytes > kMostNameBytes) return tensors;
      if (is_tensor(tree, value)) {
        tensors.push_back({std::move(name), value});
      } else if (tree.is(value, NodeKind::call)) {
        submodules.push_back({std::move(name), value});
      }
    }
    std::ranges::move(submodules.rbegin(), submodules.rend(), std::back_inserter(pending));
  }
  return tensors;
}

}  // namespace effgate
