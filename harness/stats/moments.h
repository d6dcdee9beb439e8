#pragma once

#include <span>

namespace effgate {

// NaN where there are too few values: none for the mean, fewer than two for the others.
double mean(std::span<const double> values);
// With n - 1 in the denominator.
double variance(std::span<const double> values);
double standard_deviation(std::span<const double> values);

}  // namespace effgate
