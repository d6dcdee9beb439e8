#include "harness/verdict/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "harness/base/text.h"

namespace effgate {
namespace {

constexpr std::string_view kDetectionsPaired = "detections_paired";

// A metric that may not exceed a limit of its output.
struct MetricLimit {
  std::string_view metric;
  std::optional<double> OutputLimits::*limit;
  std::string_view reason;
  std::string_view words;
};

constexpr std::array<MetricLimit, 2> kMetricLimits = {{
    {"rel_rms", &OutputLimits::max_rms, "beyond_max_rms", "rms"},
    {"rel_max", &OutputLimits::max_abs, "beyond_max_abs", "at most"},
}};

std::optional<LimitCheck> check_finite(const DriftRow& row) {
  if (row.metric != kNonfinite || row.value <= 0) return std::nullopt;
  return LimitCheck{
      row.tap,
      row.metric,
      row.value,
      0,
      "nan_or_infinity",
      fmt::format(
          "{} has {} values that are NaN or infinite where the truth's are not, or the reverse.",
          row.tap, rounded_text(row.value, 9))};
}

std::string distance_sentence(const DriftRow& row, std::string_view words, double limit) {
  if (std::isnan(row.value)) {
    return fmt::format(
        "{} has no element that is finite in the truth too, so nothing is known of it.", row.tap);
  }
  return fmt::format("{} is {} ({}, of the truth's rms) away from the truth; the policy allows {}.",
                     row.tap, rounded_text(row.value, 3), words, rounded_text(limit, 3));
}

std::optional<LimitCheck> check_output(const DtypeLimits& limits, const DriftRow& row) {
  for (const MetricLimit& check : kMetricLimits) {
    if (row.metric != check.metric) continue;
    const std::optional<double> limit = limits.for_tap(row.tap).*check.limit;
    // A NaN keeps no limit.
    if (!limit || row.value <= *limit) return std::nullopt;
    return LimitCheck{row.tap,
                      row.metric,
                      row.value,
                      *limit,
                      std::string(check.reason),
                      distance_sentence(row, check.words, *limit)};
  }
  return std::nullopt;
}

std::optional<LimitCheck> check_detections(const DtypeLimits& limits, const DriftRow& row) {
  if (row.metric != kDetectionsPaired || !limits.min_detections) return std::nullopt;
  if (row.value >= *limits.min_detections) return std::nullopt;
  return LimitCheck{
      row.tap,
      row.metric,
      row.value,
      *limits.min_detections,
      "detections_lost",
      fmt::format("{} % of the detections pair up with the truth's; the policy asks "
                  "for {} %.",
                  rounded_text(100 * row.value, 4), rounded_text(100 * *limits.min_detections, 4))};
}

std::optional<LimitCheck> check_row(const DtypeLimits* limits, const DriftRow& row) {
  if (auto broken = check_finite(row)) return broken;
  if (limits == nullptr) return std::nullopt;
  if (auto broken = check_output(*limits, row)) return broken;
  return check_detections(*limits, row);
}

// A NaN is beyond everything, too.
double ratio_or_infinity(double part, double whole) {
  const double ratio = part / whole;
  return whole > 0 && !std::isnan(ratio) ? ratio : std::numeric_limits<double>::infinity();
}

bool worse(const LimitCheck& a, const LimitCheck& b) {
  const bool a_nonfinite = a.metric == kNonfinite;
  const bool b_nonfinite = b.metric == kNonfinite;
  return a_nonfinite != b_nonfinite ? a_nonfinite : a.excess() > b.excess();
}

}  // namespace

double LimitCheck::excess() const {
  return metric == kDetectionsPaired ? ratio_or_infinity(amount(), 1 - limit)
                                     : ratio_or_infinity(amount(), limit);
}

double LimitCheck::amount() const { return metric == kDetectionsPaired ? 1 - value : value; }

Judgement judge_cell(const Policy& policy, std::string_view dtype,
                     std::span<const DriftRow> drift) {
  const auto found = policy.dtypes.find(dtype);
  const DtypeLimits* limits = found == policy.dtypes.end() ? nullptr : &found->second;
  Judgement judgement;
  for (const DriftRow& row : drift)
    if (auto broken = check_row(limits, row)) judgement.broken.push_back(*std::move(broken));
  if (judgement.broken.empty()) return judgement;
  std::ranges::stable_sort(judgement.broken, worse);
  const LimitCheck& worst = judgement.broken.front();
  judgement.status = worst.metric == kNonfinite ? CellStatus::nonfinite : CellStatus::drift;
  judgement.reason = worst.reason;
  judgement.message = worst.sentence;
  return judgement;
}

}  // namespace effgate
