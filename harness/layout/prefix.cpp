#include "harness/layout/prefix.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "harness/base/text.h"
#include "harness/layout/inner_wrappers.h"

namespace effgate {
namespace {

using std::string_view;

// With what the modules of detectors and their backbones begin, in any naming.
constexpr std::array<string_view, 17> kParts = {
    "backbone.",   "backbone_net.", "fpn.",   "class_net.",    "box_net.",        "bifpn.",
    "regressor.",  "classifier.",   "neck.",  "bbox_head.",    "conv_stem.",      "blocks.",
    "_conv_stem.", "_blocks.",      "BIFPN.", "efficientnet.", "regressionModel."};

// DataParallel, torch.compile, Lightning and benches, and what detectors are called in trainers.
constexpr std::array<string_view, 8> kWrapperNames = {
    "module.", "_orig_mod.", "model.",     "_fsdp_wrapped_module.",
    "net.",    "network.",   "ema_model.", "detector."};

// Far more than anyone nests; a name from a hostile file may have as many dots as bytes.
constexpr std::size_t kMostWrappers = 16;

// What a bench keeps beside the model, below its own prefixes.
bool belongs_to_bench(string_view name) { return name.starts_with("anchors."); }

// The text before the first part that `name` has at a dot; npos where it has none behind the most
// wrappers there may be.
std::size_t length_before_part(string_view name) {
  std::size_t start = 0;
  for (std::size_t wrappers = 0; wrappers <= kMostWrappers; ++wrappers) {
    const string_view rest = name.substr(start);
    const bool is_part =
        std::ranges::any_of(kParts, [&](string_view part) { return rest.starts_with(part); });
    if (is_part) return start;
    const std::size_t dot = name.find('.', start);
    if (dot == string_view::npos) break;
    start = dot + 1;
  }
  return string_view::npos;
}

std::vector<std::string> segments(string_view prefix) {
  std::vector<std::string> parts;
  while (!prefix.empty()) {
    const std::size_t end = prefix.find('.') + 1;
    parts.emplace_back(prefix.substr(0, end));
    prefix.remove_prefix(end);
  }
  return parts;
}

// What most names with a known part have before it; of averaged and plain weights side by side
// (Lightning's `ema_model.`) the plain ones. Nothing where no name has such a part.
std::optional<string_view> before_parts(std::span<const std::string> names) {
  std::map<string_view, std::size_t> votes;
  for (const std::string& name : names) {
    const std::size_t length = length_before_part(name);
    if (length != string_view::npos) ++votes[string_view(name).substr(0, length)];
  }
  if (votes.empty()) return std::nullopt;
  const auto rank = [](const auto& vote) {
    const bool averaged = vote.first.find("ema") != string_view::npos;
    return std::tuple(vote.second, !averaged, -static_cast<long>(vote.first.size()));
  };
  return std::ranges::max_element(votes, {}, rank)->first;
}

// The known wrapper before every one of `names`, of which at least one must be there.
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

std::vector<std::string> known_wrappers(std::span<const std::string> names) {
  std::vector<string_view> rest(names.begin(), names.end());
  std::vector<std::string> prefixes;
  while (prefixes.size() < kMostWrappers) {
    const string_view wrapper = shared_wrapper(rest);
    if (wrapper.empty()) break;
    prefixes.emplace_back(wrapper);
    std::erase_if(rest, [&](string_view name) { return !name.starts_with(wrapper); });
    for (string_view& name : rest) name.remove_prefix(wrapper.size());
  }
  return prefixes;
}

// Whether a bench wrote the key: its anchors lie beside the model, below all prefixes but the last.
bool is_from_bench(string_view name, std::span<const std::string> prefixes) {
  if (belongs_to_bench(name)) return true;
  for (const std::string& prefix : prefixes) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    if (belongs_to_bench(name)) return true;
  }
  return false;
}

void strip(std::string& name, std::span<const std::string> prefixes) {
  name.erase(0, name.size() - without_prefixes(name, prefixes).size());
}

}  // namespace

std::vector<std::string> wrapper_prefixes(std::span<const std::string> names) {
  if (const auto prefix = before_parts(names)) return segments(*prefix);
  return known_wrappers(names);
}

string_view without_prefixes(string_view name, std::span<const std::string> prefixes) {
  string_view rest = name;
  for (const std::string& prefix : prefixes) {
    if (!rest.starts_with(prefix)) return name;
    rest.remove_prefix(prefix.size());
  }
  return rest;
}

Unwrapped unwrapped(StoredState state, std::span<const std::string> prefixes) {
  Unwrapped result;
  if (prefixes.empty()) {
    result.state = std::move(state);
    result.inner = take_out_inner_wrappers(result.state);
    return result;
  }
  std::erase_if(state.tensors, [&](ParamSpec& tensor) {
    const bool from_bench = is_from_bench(tensor.name, prefixes);
    if (from_bench) result.from_bench.push_back(std::move(tensor.name));
    return from_bench;
  });
  for (ParamSpec& tensor : state.tensors) strip(tensor.name, prefixes);
  for (std::string& key : state.others) strip(key, prefixes);
  result.state.tensors = std::move(state.tensors);
  result.state.others = std::move(state.others);
  for (const auto& [module, version] : state.module_versions)
    result.state.module_versions.emplace(without_prefixes(module, prefixes), version);
  result.inner = take_out_inner_wrappers(result.state);
  return result;
}

}  // namespace effgate
