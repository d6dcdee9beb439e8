#include "harness/doctor/ambiguity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "harness/base/text.h"
#include "harness/checkpoint/values.h"
#include "harness/doctor/configuration_differences.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

// Models that compute something else with the same keys and shapes, the target among them.
std::vector<std::string> indistinguishable(const Evidence& evidence) {
  const Interpretation& found = evidence.found;
  std::vector<std::string> names;
  for (const std::string& name : found.model_names()) {
    const Network& network = *found.reading.network;
    const bool twin = name.ends_with("_ap") && network.has(name.substr(0, name.size() - 3));
    if (!twin) names.push_back(name);
  }
  return names;
}

// What a training checkpoint says that it trained.
std::string named_in_file(const Checkpoint& checkpoint) {
  for (const auto& [key, text] : checkpoint.outer_entries())
    if (key == "arch" || key == "model_name") return text;
  return "";
}

// The side of the first anchor over its stride of 8, as a detection bench keeps it: corners y0, x0,
// y1, x1. Nothing where there is no bench.
std::optional<double> anchor_scale(const Evidence& evidence) {
  constexpr double kFirstStride = 8;
  constexpr std::uint64_t kMostBytes = 32 << 20;
  for (const std::string& name : evidence.found.from_bench) {
    const TensorEntry* boxes = evidence.checkpoint.find(name);
    if (boxes == nullptr || boxes->shape.size() != 2 || boxes->shape[1] != 4 ||
        boxes->bytes > kMostBytes || !boxes->contiguous)
      continue;
    const auto values = to_floats(*boxes);
    if (values.ok() && values->size() >= 4) return ((*values)[2] - (*values)[0]) / kFirstStride;
  }
  return std::nullopt;
}

// Why the file is of `name` and not of the target; "" where nothing in it says so.
std::string evidence_for(const Evidence& evidence, const std::string& name) {
  if (named_in_file(evidence.checkpoint) == name)
    return fmt::format("its own entry arch says {}", name);
  const auto config = find_model(name);
  const auto scale = anchor_scale(evidence);
  if (!config.ok() || !scale || evidence.target == nullptr) return "";
  constexpr double kTolerance = 1e-3;
  if (std::abs(*scale - config->anchor_scale) > kTolerance ||
      std::abs(*scale - evidence.target->config.anchor_scale) <= kTolerance)
    return "";
  return fmt::format("its anchors have the scale {} of {}", number_text(*scale), name);
}

// What each of the others computes unlike the first, from the catalogue.
std::vector<std::string> computed_differently(const std::vector<std::string>& names) {
  std::vector<std::string> lines;
  const auto first = find_model(names.front());
  for (const std::string& name : std::span(names).subspan(1)) {
    const auto other = find_model(name);
    if (!first.ok() || !other.ok()) continue;
    const std::vector<std::string> found = configuration_differences(*first, *other);
    if (!found.empty())
      lines.push_back(fmt::format("{} and {}: {}", names.front(), name, join(found, "; ")));
  }
  return lines;
}

// A file that says which of them it is turns the note into a difference.
void weigh_evidence(const Evidence& evidence, const std::vector<std::string>& names, Cause& cause) {
  const bool asked = std::ranges::find(names, evidence.target->name) != names.end();
  for (const std::string& name : names) {
    if (name == evidence.target->name) continue;
    const std::string reason = evidence_for(evidence, name);
    if (cause.fix.command.empty() || !reason.empty()) cause.fix = use_model_fix(evidence, name);
    if (reason.empty()) continue;
    if (asked) cause.severity = ProblemSeverity::changes;
    cause.evidence.push_back(reason);
  }
}

std::optional<Cause> ambiguous(const Evidence& evidence) {
  const Interpretation& found = evidence.found;
  if (evidence.foreign || found.coverage != Coverage::detector ||
      found.reading.network == nullptr || found.reading.is_altered(CauseCode::arch_variant))
    return std::nullopt;
  const std::vector<std::string> names = indistinguishable(evidence);
  if (names.size() < 2) return std::nullopt;
  Cause cause =
      make_cause(CauseCode::arch_ambiguous, ProblemSeverity::note,
                 fmt::format("Its keys and shapes fit {}, which compute different things.",
                             join(names, " and ")));
  cause.details = {{"candidates", join(names, ",")}};
  if (evidence.target != nullptr) weigh_evidence(evidence, names, cause);
  for (std::string& line : computed_differently(names)) cause.evidence.push_back(std::move(line));
  return cause;
}

constexpr std::array kRules = {Rule{CauseCode::arch_ambiguous, ambiguous}};

}  // namespace

std::span<const Rule> ambiguity_rules() { return kRules; }

}  // namespace effgate
