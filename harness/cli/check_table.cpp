#include "harness/cli/check_table.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <optional>

#include "harness/base/text.h"
#include "harness/stats/order.h"
#include "reports/timing_table.h"

namespace effgate {
namespace {

std::string drift_text(const FinishedCell& cell) {
  std::optional<double> worst;
  for (const DriftRow& row : cell.drift)
    if (row.metric == "rel_rms") worst = std::max(worst.value_or(row.value), row.value);
  return worst ? fmt::format("{:.1e}", *worst) : "-";
}

std::string forward_text(const FinishedCell& cell) {
  std::vector<double> samples;
  for (const TimingRow& row : cell.timing)
    if (row.phase == "forward") samples.push_back(row.seconds);
  return samples.empty() ? "-" : seconds_text(median(samples));
}

}  // namespace

void print_check_table(Console& console, const RunEvidence& evidence) {
  if (!evidence.cells.empty()) {
    fmt::print(console.out(), "{} as {}\n", printable_utf8(evidence.cells[0].cell.checkpoint),
               evidence.cells[0].cell.model);
  }
  fmt::print(console.out(), "{:<18} {:<9} {:<14} {:>8} {:>9}\n", "library", "dtype", "status",
             "drift", "forward");
  for (const FinishedCell& cell : evidence.cells) {
    fmt::print(console.out(), "{:<18} {:<9} {:<14} {:>8} {:>9}  {}\n", cell.cell.library,
               cell.cell.dtype, to_string(cell.cell.status), drift_text(cell), forward_text(cell),
               printable_utf8(cell.cell.message));
  }
}

}  // namespace effgate
