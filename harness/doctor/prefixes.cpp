#include "harness/doctor/prefixes.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "harness/base/text.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;

// With what the modules of detectors and their backbones begin, in any naming.
constexpr std::array<string_view, 13> kParts = {
    "backbone.",  "backbone_net.", "fpn.",        "class_net.", "box_net.",
    "bifpn.",     "regressor.",    "classifier.", "neck.",      "bbox_head.",
    "conv_stem.", "blocks.",       "_conv_stem."};

// The text before the first part that `name` has at a dot; npos where it has none.
std::size_t length_before_part(string_view name) {
  for (std::size_t start = 0; start < name.size();) {
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

}  // namespace

std::vector<std::string> detector_prefixes(std::span<const std::string> names) {
  std::map<string_view, std::size_t> votes;
  for (const std::string& name : names) {
    const std::size_t length = length_before_part(name);
    if (length != string_view::npos) ++votes[string_view(name).substr(0, length)];
  }
  if (votes.empty()) return wrapper_prefixes(names);
  const auto winner =
      std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
  return segments(winner->first);
}

Stripped stripped(const StoredState& state, std::span<const std::string> prefixes) {
  if (prefixes.empty()) return {state, {}};
  Stripped result;
  const string_view outer = prefixes.front();
  for (const ParamSpec& tensor : state.tensors) {
    const string_view bare = without_prefixes(tensor.name, prefixes);
    // A bench keeps its anchors beside the model: under all prefixes but the last.
    const string_view last =
        string_view(tensor.name)
            .substr(tensor.name.starts_with(outer) && prefixes.size() > 1
                        ? join({prefixes.data(), prefixes.size() - 1}, "").size()
                        : 0);
    if (bare.starts_with("anchors.") || last.starts_with("anchors.")) {
      result.from_bench.push_back(tensor.name);
    } else {
      result.state.tensors.push_back({std::string(bare), tensor.shape, tensor.dtype});
    }
  }
  for (const std::string& key : state.others)
    result.state.others.emplace_back(without_prefixes(key, prefixes));
  for (const auto& [module, version] : state.module_versions) {
    result.state.module_versions.emplace(without_prefixes(module, prefixes), version);
  }
  return result;
}

}  // namespace effgate
