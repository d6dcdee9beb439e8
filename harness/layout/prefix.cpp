#include "harness/layout/prefix.h"

#include <algorithm>
#include <array>

namespace effgate {
namespace {

using std::string_view;

// DataParallel, torch.compile, Lightning and benches, and what detectors are called in trainers.
constexpr std::array<string_view, 8> kWrapperNames = {
    "module.", "_orig_mod.", "model.",     "_fsdp_wrapped_module.",
    "net.",    "network.",   "ema_model.", "detector."};

// What a bench keeps beside the model, below its own prefixes.
bool belongs_to_bench(string_view name) { return name.starts_with("anchors."); }

// The wrapper name before every one of `names`, of which at least one must be there.
string_view shared_wrapper(const std::vector<string_view>& names) {
  for (const string_view wrapper : kWrapperNames) {
    std::size_t wrapped = 0;
    const bool all = std::ranges::all_of(names, [&](string_view name) {
      wrapped += name.starts_with(wrapper) ? 1 : 0;
      return name.starts_with(wrapper) || belongs_to_bench(name);
    });
    if (all && wrapped > 0) return wrapper;
  }
  return {};
}

}  // namespace

std::vector<std::string> wrapper_prefixes(std::span<const std::string> names) {
  std::vector<string_view> rest(names.begin(), names.end());
  std::vector<std::string> prefixes;
  for (string_view wrapper = shared_wrapper(rest); !wrapper.empty();
       wrapper = shared_wrapper(rest)) {
    prefixes.emplace_back(wrapper);
    std::erase_if(rest, [&](string_view name) { return !name.starts_with(wrapper); });
    for (string_view& name : rest) name.remove_prefix(wrapper.size());
  }
  return prefixes;
}

string_view without_prefixes(string_view name, std::span<const std::string> prefixes) {
  string_view rest = name;
  for (const std::string& prefix : prefixes) {
    if (!rest.starts_with(prefix)) return name;
    rest.remove_prefix(prefix.size());
  }
  return rest;
}

}  // namespace effgate
