#include "reports/cell_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/stats/order.h"

namespace effgate {

std::optional<double> largest_drift(const ReportCell& cell) {
  std::optional<double> worst;
  for (const DriftValue& drift : cell.drift) {
    if (drift.metric != "rel_rms") continue;
    if (std::isnan(drift.value)) return drift.value;
    worst = std::max(worst.value_or(drift.value), drift.value);
  }
  return worst;
}

std::optional<double> median_forward(const ReportCell& cell) {
  std::vector<double> samples;
  for (const TimingValue& sample : cell.timing)
    if (sample.phase == "forward") samples.push_back(sample.seconds);
  if (samples.empty()) return std::nullopt;
  return median(samples);
}

std::string anchor_of(std::size_t cell) { return fmt::format("cell-{}", cell + 1); }

}  // namespace effgate
