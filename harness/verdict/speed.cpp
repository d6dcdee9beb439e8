#include "harness/verdict/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "harness/base/counted.h"
#include "harness/base/text.h"
#include "harness/stats/clusters.h"
#include "harness/stats/false_discovery.h"

namespace effgate {
namespace {

constexpr std::string_view kForward = "forward";
// Two-sided, so that its lower end is above 1 where the one-sided test at 0.05 says "slower".
constexpr double kConfidence = 0.90;

struct TimedPair {
  const CellPair* pair = nullptr;
  RatioOfMedians ratio;
  double before = 0;  // median seconds
  double after = 0;
};

// The forward pass ended, whatever its outputs were worth.
bool computes(const Side& side) {
  return side.standing == Standing::works || side.status == CellStatus::drift ||
         side.status == CellStatus::nonfinite || side.status == CellStatus::nondeterministic;
}

bool timed(const FinishedCell& cell) {
  return std::ranges::any_of(cell.timing,
                             [](const TimingRow& row) { return row.phase == kForward; });
}

bool on_device_clock(const FinishedCell& cell) {
  return std::ranges::all_of(cell.timing, [](const TimingRow& row) {
    return row.phase != kForward || row.device_seconds.has_value();
  });
}

// The forward samples by process, on the device's clock where both sides have it throughout;
// processes with too few samples do not count.
Clusters processes_of(const FinishedCell& cell, bool device_clock, std::int64_t min_samples) {
  std::map<std::int64_t, std::vector<double>> by_restart;
  for (const TimingRow& row : cell.timing)
    if (row.phase == kForward)
      by_restart[row.restart].push_back(device_clock ? *row.device_seconds : row.seconds);
  Clusters processes;
  for (auto& [restart, samples] : by_restart)
    if (std::cmp_greater_equal(samples.size(), min_samples))
      processes.push_back(std::move(samples));
  return processes;
}

std::optional<TimedPair> timed_pair(const CellPair& pair, const GateLimits& limits) {
  const bool device_clock = on_device_clock(*pair.from.cell) && on_device_clock(*pair.to.cell);
  const Clusters before = processes_of(*pair.from.cell, device_clock, limits.min_samples);
  const Clusters after = processes_of(*pair.to.cell, device_clock, limits.min_samples);
  if (std::cmp_less(std::min(before.size(), after.size()), limits.min_restarts))
    return std::nullopt;
  const auto ratio = compare_cluster_medians(before, after, kConfidence);
  if (!ratio) return std::nullopt;
  return TimedPair{&pair, *ratio, median_of_clusters(before), median_of_clusters(after)};
}

// "1.32 (1.28 to 1.36) times as long with A as with B, 0.21 s instead of 0.16 s".
std::string ratio_text(const TimedPair& timed, const SideNames& names) {
  return fmt::format("{} ({} to {}) times as long with {} as with {}, {} s instead of {} s",
                     rounded_text(timed.ratio.ratio, 3), rounded_text(timed.ratio.interval.low, 3),
                     rounded_text(timed.ratio.interval.high, 3), names.to, names.from,
                     rounded_text(timed.after, 3), rounded_text(timed.before, 3));
}

Finding about_speed(const TimedPair& timed, FindingKind kind, Weight weight, double p_value,
                    double limit, std::string sentence) {
  Finding finding;
  finding.kind = kind;
  finding.weight = weight;
  finding.cell = timed.pair->subject().name;
  finding.sentence = std::move(sentence);
  finding.value = timed.ratio.ratio;
  finding.limit = limit;
  finding.p_value = p_value;
  finding.interval = timed.ratio.interval;
  finding.next = timed.pair->subject().reproduce;
  return finding;
}

std::optional<Finding> finding_for(const TimedPair& timed, double adjusted,
                                   const GateLimits& limits, const SideNames& names) {
  const double limit = 1 + limits.max_slowdown;
  const std::string ratio = ratio_text(timed, names);
  if (timed.ratio.ratio > limit && adjusted <= limits.false_discovery_rate)
    return about_speed(timed, FindingKind::slowdown, Weight::closes, adjusted, limit,
                       fmt::format("A forward pass takes {}; the policy allows {} times.", ratio,
                                   rounded_text(limit, 3)));
  if (timed.ratio.ratio > limit)
    return about_speed(timed, FindingKind::speed_not_decided, Weight::notes, adjusted, limit,
                       fmt::format("A forward pass took {}, but the scatter between processes is "
                                   "too large to call it slower; more restarts decide.",
                                   ratio));
  if (timed.ratio.ratio < 1 / limit && timed.ratio.interval.high < 1)
    return about_speed(timed, FindingKind::faster, Weight::notes, adjusted, limit,
                       fmt::format("A forward pass takes {}.", ratio));
  return std::nullopt;
}

Finding too_few(std::int64_t cells, const std::string& first, const GateLimits& limits) {
  Finding finding;
  finding.kind = FindingKind::speed_not_decided;
  finding.sentence = fmt::format(
      "Not enough evidence for speed in {}, the first {}: it takes {} processes with {} each on "
      "both sides.",
      counted(cells, "cell"), first, limits.min_restarts, counted(limits.min_samples, "sample"));
  finding.value = static_cast<double>(cells);
  return finding;
}

}  // namespace

SpeedComparison compare_speed(std::span<const CellPair> pairs, const GateLimits& limits,
                              const SideNames& names) {
  std::vector<TimedPair> decided;
  std::int64_t undecided = 0;
  std::string first_undecided;
  for (const CellPair& pair : pairs) {
    if (!computes(pair.from) || !computes(pair.to)) continue;
    if (!timed(*pair.from.cell) && !timed(*pair.to.cell)) continue;
    if (auto result = timed_pair(pair, limits))
      decided.push_back(*result);
    else if (undecided++ == 0)
      first_undecided = pair.subject().name;
  }

  std::vector<double> p_values;
  p_values.reserve(decided.size());
  for (const TimedPair& timed : decided) p_values.push_back(timed.ratio.p_greater);
  const std::vector<double> adjusted = benjamini_hochberg(p_values);
  SpeedComparison comparison;
  comparison.timed = static_cast<std::int64_t>(decided.size());
  for (std::size_t index = 0; index < decided.size(); ++index)
    if (auto finding = finding_for(decided[index], adjusted[index], limits, names))
      comparison.findings.push_back(*std::move(finding));
  if (undecided > 0) comparison.findings.push_back(too_few(undecided, first_undecided, limits));
  return comparison;
}

}  // namespace effgate
