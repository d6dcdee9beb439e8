#pragma once

#include <span>

namespace effgate {

// Up to this many values in both samples together the p-value is exact.
inline constexpr int kExactRankTest = 20;

struct RankTest {
  double u = 0;          // pairs in which the second sample's value is larger, ties count half
  double p_greater = 1;  // one-sided: the second sample tends to be larger
  double p_two_sided = 1;
  bool exact = false;
};

// Mann and Whitney's U (1947). Small samples: the exact distribution over all ways to deal the
// values out, ties included. Large ones: the normal distribution with tie and continuity
// correction. An empty sample, or a NaN, gives p-values of 1.
RankTest mann_whitney(std::span<const double> first, std::span<const double> second);

}  // namespace effgate
