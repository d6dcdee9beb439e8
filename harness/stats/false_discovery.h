#pragma once

#include <span>
#include <vector>

namespace effgate {

// Benjamini and Hochberg's (1995) adjusted p-values, in the order given: rejecting every hypothesis
// whose adjusted value is at most q keeps the expected share of false rejections at q or below,
// for independent or positively dependent tests. A NaN counts as 1.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace effgate
