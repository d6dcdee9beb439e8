#include "reports/limits_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/base/text.h"
#include "harness/verdict/policy.h"

namespace effgate {
namespace {

constexpr const char* kNotLimited = "not limited";

std::string part_of_signal(const std::optional<double>& limit) {
  if (!limit) return kNotLimited;
  if (*limit == 0) return "no difference";
  if (*limit >= 1) return fmt::format("{} times the signal", rounded_text(*limit, 3));
  if (*limit >= 0.01) return fmt::format("{} % of the signal", rounded_text(*limit * 100, 3));
  return fmt::format("1/{:.0f} of the signal", 1 / *limit);
}

std::string pairs_text(const std::optional<double>& share) {
  if (!share || *share == 0) return "none has to pair up";
  return fmt::format("{} of 100 pair up", rounded_text(*share * 100, 3));
}

void add_rows(std::vector<LimitRow>& rows, const std::string& dtype, const Policy& policy) {
  const auto found = policy.dtypes.find(dtype);
  if (found == policy.dtypes.end()) {
    rows.push_back({dtype, kNotLimited, kNotLimited, pairs_text({})});
    return;
  }
  const DtypeLimits& limits = found->second;
  rows.push_back({dtype, part_of_signal(limits.all.max_rms), part_of_signal(limits.all.max_abs),
                  pairs_text(limits.min_detections)});
  for (const auto& [output, unused] : limits.outputs) {
    const OutputLimits own = limits.for_tap(output);
    rows.push_back(
        {dtype + ", " + output, part_of_signal(own.max_rms), part_of_signal(own.max_abs), ""});
  }
}

std::string gate_text(const GateLimits& gate) {
  return fmt::format(
      "From one library to the next a forward pass may take {:.2f} times as long and a process "
      "{:.2f} times as much memory; drift that was beyond its limit before may become {} times as "
      "large.",
      1 + gate.max_slowdown, 1 + gate.max_memory_growth, rounded_text(gate.max_drift_growth, 3));
}

}  // namespace

LimitsTable limits_table(const ReportData& report) {
  const auto policy = parse_policy(report.policy, "policy");
  LimitsTable table;
  if (report.policy.empty() || !policy.ok()) return table;
  std::vector<std::string> dtypes;
  for (const ReportCell& cell : report.cells) {
    if (std::find(dtypes.begin(), dtypes.end(), cell.dtype) != dtypes.end()) continue;
    dtypes.push_back(cell.dtype);
    add_rows(table.rows, cell.dtype, *policy);
  }
  table.gate = gate_text(policy->gate);
  return table;
}

}  // namespace effgate
