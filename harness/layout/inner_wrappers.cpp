#include "harness/layout/inner_wrappers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>

namespace effgate {
namespace {

using std::string_view;

// DataParallel, Opacus, torch.compile, FSDP of torch and of fairscale, activation checkpointing.
// No layout has a module of such a name.
constexpr std::array<string_view, 6> kWrappers = {"module.",      "_module.",
                                                  "_orig_mod.",   "_fsdp_wrapped_module.",
                                                  "_fpw_module.", "_checkpoint_wrapped_module."};

// Calls `visit` with each part of a name, its dot included, and whether it is such a wrapper.
template <typename Visit>
void for_each_part(string_view name, const Visit& visit) {
  for (bool first = true; !name.empty(); first = false) {
    const std::size_t end = std::min(name.find('.'), name.size() - 1) + 1;
    const string_view part = name.substr(0, end);
    visit(part, !first && std::ranges::find(kWrappers, part) != kWrappers.end());
    name.remove_prefix(end);
  }
}

bool has_inner_wrapper(string_view name) { return !inner_wrappers(name).empty(); }

// By hashes, since a hostile file may have millions of names.
bool would_collide(const StoredState& state) {
  std::vector<std::size_t> hashes;
  for (const ParamSpec& tensor : state.tensors)
    hashes.push_back(std::hash<std::string>()(without_inner_wrappers(tensor.name)));
  std::ranges::sort(hashes);
  return std::ranges::adjacent_find(hashes) != hashes.end();
}

void rename_versions(StoredState& state) {
  std::unordered_map<std::string, std::int64_t> bare;
  for (const auto& [module, version] : state.module_versions) {
    std::int64_t& known = bare[without_inner_wrappers(module)];
    known = std::max(known, version);
  }
  state.module_versions = std::move(bare);
}

}  // namespace

std::vector<string_view> inner_wrappers(string_view name) {
  std::vector<string_view> wrappers;
  for_each_part(name, [&](string_view part, bool wraps) {
    if (wraps) wrappers.push_back(part);
  });
  return wrappers;
}

std::string without_inner_wrappers(string_view name) {
  std::string bare;
  for_each_part(name, [&](string_view part, bool wraps) {
    if (!wraps) bare += part;
  });
  return bare;
}

std::vector<std::string> take_out_inner_wrappers(StoredState& state) {
  std::vector<std::string> found;
  for (const ParamSpec& tensor : state.tensors)
    for (const string_view wrapper : inner_wrappers(tensor.name))
      if (std::ranges::find(found, wrapper) == found.end()) found.emplace_back(wrapper);
  if (found.empty() || would_collide(state)) return {};
  for (ParamSpec& tensor : state.tensors)
    if (has_inner_wrapper(tensor.name)) tensor.name = without_inner_wrappers(tensor.name);
  for (std::string& key : state.others)
    if (has_inner_wrapper(key)) key = without_inner_wrappers(key);
  rename_versions(state);
  return found;
}

}  // namespace effgate
