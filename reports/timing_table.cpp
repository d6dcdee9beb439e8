#include "reports/timing_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/stats/clusters.h"

namespace effgate {
namespace {

// The forward samples of a cell, a cluster for each fresh process; on the device's clock where
// every sample has one.
Clusters forward_clusters(const ReportCell& cell) {
  const bool on_device =
      std::all_of(cell.timing.begin(), cell.timing.end(), [](const TimingValue& sample) {
        return sample.phase != "forward" || sample.device_seconds.has_value();
      });
  std::map<std::int64_t, std::vector<double>> by_restart;
  for (const TimingValue& sample : cell.timing) {
    if (sample.phase != "forward") continue;
    by_restart[sample.restart].push_back(on_device ? *sample.device_seconds : sample.seconds);
  }
  Clusters clusters;
  for (auto& [restart, samples] : by_restart) clusters.push_back(std::move(samples));
  return clusters;
}

TimingGroup::Line line_of(std::size_t index, const Clusters& clusters) {
  TimingGroup::Line line;
  line.cell = index;
  line.median = median_of_clusters(clusters);
  const Interval interval =
      bootstrap_median(clusters, {}).value_or(Interval{line.median, line.median});
  line.low = interval.low;
  line.high = interval.high;
  for (const std::vector<double>& samples : clusters)
    line.samples.insert(line.samples.end(), samples.begin(), samples.end());
  return line;
}

std::string title_of(const ReportCell& cell) {
  return fmt::format("{}, {} on {}, {}{}{}", cell.model, cell.dtype, cell.device, cell.size,
                     cell.further.empty() ? "" : " ", cell.further);
}

// What the other lines are compared with: a library under test, not the truth's own code, which is
// slow by design; the reference only where there is nothing else.
const TimingGroup::Line& yardstick(const TimingGroup& group, const std::vector<ReportCell>& cells) {
  for (const TimingGroup::Line& line : group.lines)
    if (cells[line.cell].library != kReference) return line;
  return group.lines.front();
}

// The axis begins at zero unless that would squeeze all dots together, and leaves out nothing.
void finish(TimingGroup& group, const std::vector<ReportCell>& cells) {
  const double base = yardstick(group, cells).median;
  group.axis_low = group.lines.front().samples.front();
  group.axis_high = group.axis_low;
  for (TimingGroup::Line& line : group.lines) {
    line.ratio = line.median / base;
    const auto [low, high] = std::minmax_element(line.samples.begin(), line.samples.end());
    group.axis_low = std::min(group.axis_low, *low);
    group.axis_high = std::max(group.axis_high, *high);
  }
  if (group.axis_low < 0.5 * group.axis_high) group.axis_low = 0;
}

}  // namespace

std::vector<TimingGroup> timing_groups(const std::vector<ReportCell>& cells) {
  std::vector<TimingGroup> groups;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Clusters clusters = forward_clusters(cells[i]);
    if (clusters.empty()) continue;
    const std::string title = title_of(cells[i]) + ", " + cells[i].checkpoint;
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const TimingGroup& other) { return other.title == title; });
    if (group == groups.end()) group = groups.insert(groups.end(), TimingGroup{title, {}, 0, 0});
    group->lines.push_back(line_of(i, clusters));
  }
  for (TimingGroup& group : groups) finish(group, cells);
  return groups;
}

std::string seconds_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

}  // namespace effgate
