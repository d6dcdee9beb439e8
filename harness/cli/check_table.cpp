#include "harness/cli/check_table.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "harness/base/text.h"
#include "reports/cell_figures.h"
#include "reports/timing_table.h"

namespace effgate {
namespace {

std::string drift_text(const ReportCell& cell) {
  const auto drift = largest_drift(cell);
  return drift ? fmt::format("{:.1e}", *drift) : "-";
}

std::string forward_text(const ReportCell& cell) {
  const auto seconds = median_forward(cell);
  return seconds ? seconds_text(*seconds) : "-";
}

}  // namespace

void print_check_table(Console& console, const std::vector<ReportCell>& cells) {
  if (cells.empty()) return;
  fmt::print(console.out(), "{} as {}\n", printable_utf8(cells[0].checkpoint), cells[0].model);
  fmt::print(console.out(), "{:<18} {:<9} {:<14} {:>8} {:>9}\n", "library", "dtype", "status",
             "drift", "forward");
  for (const ReportCell& cell : cells) {
    fmt::print(console.out(), "{:<18} {:<9} {:<14} {:>8} {:>9}  {}\n", cell.library, cell.dtype,
               cell.status, drift_text(cell), forward_text(cell), printable_utf8(cell.message));
  }
}

}  // namespace effgate
