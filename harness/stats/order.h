#pragma once

#include <span>

namespace effgate {

// Order statistics. No values, or a NaN among them, give NaN; infinities order as usual.

// The quantile of type 7 (Hyndman and Fan 1996): linear between the order statistics, position
// (n - 1) * probability. `probability` is clamped to 0 … 1.
double quantile(std::span<const double> values, double probability);
double median(std::span<const double> values);

// The median of the absolute deviations from the median, not scaled.
double median_absolute_deviation(std::span<const double> values);

}  // namespace effgate
