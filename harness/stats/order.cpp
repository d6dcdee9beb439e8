#include "harness/stats/order.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace effgate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool has_nan(std::span<const double> values) {
  return std::ranges::any_of(values, [](double value) { return std::isnan(value); });
}

}  // namespace

double quantile(std::span<const double> values, double probability) {
  if (values.empty() || has_nan(values) || std::isnan(probability)) return kNaN;
  std::vector<double> sorted(values.begin(), values.end());
  const double position =
      static_cast<double>(sorted.size() - 1) * std::clamp(probability, 0.0, 1.0);
  const auto below = static_cast<std::ptrdiff_t>(position);
  const auto lower = sorted.begin() + below;
  std::nth_element(sorted.begin(), lower, sorted.end());
  const double fraction = position - static_cast<double>(below);
  if (fraction == 0) return *lower;
  // What follows the n-th element is not smaller, so the next order statistic is its least.
  const double upper = *std::min_element(lower + 1, sorted.end());
  // Written so that two equal neighbours, infinities too, give themselves.
  return *lower == upper ? upper : *lower + fraction * (upper - *lower);
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

double median_absolute_deviation(std::span<const double> values) {
  const double middle = median(values);
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) deviations.push_back(std::abs(value - middle));
  return median(deviations);
}

}  // namespace effgate
