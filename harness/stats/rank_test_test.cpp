#include "harness/stats/rank_test.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace effgate {
namespace {

using Values = std::vector<double>;

double u_by_pairs(const Values& first, const Values& second) {
  double u = 0;
  for (const double a : first)
    for (const double b : second) u += b > a ? 1 : b == a ? 0.5 : 0;
  return u;
}

// Every way to choose which of the pooled values are the second sample.
RankTest by_enumeration(const Values& first, const Values& second) {
  Values pooled = first;
  pooled.insert(pooled.end(), second.begin(), second.end());
  const double seen = u_by_pairs(first, second);
  double all = 0, at_least = 0, at_most = 0;
  for (unsigned mask = 0; mask < 1U << pooled.size(); ++mask) {
    if (static_cast<std::size_t>(std::popcount(mask)) != second.size()) continue;
    Values dealt_first, dealt_second;
    for (std::size_t index = 0; index < pooled.size(); ++index)
      (mask >> index & 1U ? dealt_second : dealt_first).push_back(pooled[index]);
    const double u = u_by_pairs(dealt_first, dealt_second);
    all += 1;
    at_least += u >= seen ? 1 : 0;
    at_most += u <= seen ? 1 : 0;
  }
  return {seen, at_least / all, std::min(1.0, 2 * std::min(at_least, at_most) / all), true};
}

// One of the 20 ways to deal three and three separates them fully.
TEST(MannWhitney, three_against_three_apart_is_one_in_twenty) {
  const RankTest test = mann_whitney(Values{1, 2, 3}, Values{4, 5, 6});
  EXPECT_TRUE(test.exact);
  EXPECT_EQ(test.u, 9);
  EXPECT_DOUBLE_EQ(test.p_greater, 0.05);
  EXPECT_DOUBLE_EQ(test.p_two_sided, 0.1);
}

TEST(MannWhitney, agrees_with_dealing_the_values_out_in_every_way) {
  const std::vector<std::pair<Values, Values>> samples = {
      {{1, 4, 2}, {3, 5}},          {{1, 1, 2, 3}, {1, 2, 2}},       {{5, 5, 5}, {5, 5, 5}},
      {{7}, {1, 2, 3, 4, 5, 6}},    {{1, 3, 5, 7, 9}, {2, 4, 6, 8}}, {{0, 0, 1}, {0, 1, 1, 1, 2}},
      {{2, 2, 3, 9, 9}, {9, 9, 9}},
  };
  for (const auto& [first, second] : samples) {
    const RankTest slow = by_enumeration(first, second);
    const RankTest fast = mann_whitney(first, second);
    EXPECT_EQ(fast.u, slow.u);
    EXPECT_DOUBLE_EQ(fast.p_greater, slow.p_greater);
    EXPECT_DOUBLE_EQ(fast.p_two_sided, slow.p_two_sided);
  }
}

double upper_tail(double z) { return std::erfc(z / std::sqrt(2.0)) / 2; }

// U = 225, mean 112.5, variance 15 * 15 * 31 / 12.
TEST(MannWhitney, large_samples_follow_the_normal_distribution) {
  Values first, second;
  for (int value = 1; value <= 15; ++value) {
    first.push_back(value);
    second.push_back(value + 15);
  }
  const RankTest test = mann_whitney(first, second);
  EXPECT_FALSE(test.exact);
  EXPECT_EQ(test.u, 225);
  EXPECT_NEAR(test.p_greater / upper_tail(112 / std::sqrt(581.25)), 1, 1e-9);
  EXPECT_NEAR(test.p_two_sided, 2 * test.p_greater, 1e-15);
  EXPECT_NEAR(mann_whitney(second, first).p_greater, 1 - upper_tail(-113 / -std::sqrt(581.25)),
              1e-9);
}

// Fifteen zeros against ten zeros and five ones: U = 150, groups of 25 and 5 equal values, so the
// variance is 225 / 12 * (31 - (25^3 - 25 + 5^3 - 5) / (30 * 29)).
TEST(MannWhitney, ties_make_the_variance_smaller) {
  const Values first(15, 0.0);
  Values second(10, 0.0);
  second.insert(second.end(), 5, 1.0);
  const double variance = 225.0 / 12 * (31 - 15720.0 / 870);
  const RankTest test = mann_whitney(first, second);
  EXPECT_EQ(test.u, 150);
  EXPECT_NEAR(test.p_greater, upper_tail(37 / std::sqrt(variance)), 1e-12);
}

TEST(MannWhitney, says_nothing_where_there_is_nothing_to_say) {
  EXPECT_EQ(mann_whitney(Values{}, Values{1}).p_greater, 1);
  EXPECT_EQ(mann_whitney(Values{1}, Values{}).p_two_sided, 1);
  EXPECT_EQ(mann_whitney(Values{1, std::numeric_limits<double>::quiet_NaN()}, Values{1}).p_greater,
            1);
  EXPECT_EQ(mann_whitney(Values(20, 3.0), Values(20, 3.0)).p_two_sided, 1);
}

}  // namespace
}  // namespace effgate
