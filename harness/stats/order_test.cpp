#include "harness/stats/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/stats/moments.h"
#include "harness/stats/random.h"

namespace effgate {
namespace {

using Values = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Median, lies_in_the_middle) {
  EXPECT_EQ(median(Values{3, 1, 2}), 2);
  EXPECT_EQ(median(Values{4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median(Values{7}), 7);
  EXPECT_EQ(median(Values{5, 5, 5, 5}), 5);
}

TEST(Median, of_nothing_or_of_a_nan_is_nan) {
  EXPECT_TRUE(std::isnan(median(Values{})));
  EXPECT_TRUE(std::isnan(median(Values{1, kNaN, 3})));
}

TEST(Median, an_infinity_is_only_a_large_value) {
  EXPECT_EQ(median(Values{1, 2, kInfinity}), 2);
  EXPECT_EQ(median(Values{kInfinity, kInfinity}), kInfinity);
}

// By hand: position (4 - 1) * 0.25 = 0.75, so 1 + 0.75 * (2 - 1).
TEST(Quantile, is_linear_between_order_statistics) {
  const Values values{4, 3, 2, 1};
  EXPECT_EQ(quantile(values, 0.25), 1.75);
  EXPECT_EQ(quantile(values, 0.75), 3.25);
  EXPECT_EQ(quantile(values, 0), 1);
  EXPECT_EQ(quantile(values, 1), 4);
  EXPECT_EQ(quantile(values, 2), 4);
  EXPECT_EQ(quantile(values, -1), 1);
  EXPECT_TRUE(std::isnan(quantile(values, kNaN)));
}

TEST(Quantile, agrees_with_sorting_everything) {
  RandomStream random(5);
  for (std::size_t size = 1; size < 40; ++size) {
    Values values;
    for (std::size_t index = 0; index < size; ++index) values.push_back(random.uniform());
    Values sorted = values;
    std::ranges::sort(sorted);
    const double probability = random.uniform();
    const double position = static_cast<double>(size - 1) * probability;
    const auto below = static_cast<std::size_t>(position);
    const double fraction = position - std::floor(position);
    const double above = sorted[std::min(below + 1, size - 1)];
    EXPECT_NEAR(quantile(values, probability), (1 - fraction) * sorted[below] + fraction * above,
                1e-15);
  }
}

// Median 2 of {1,1,2,2,4,6,9}; deviations {1,1,0,0,2,4,7}, median 1.
TEST(MedianAbsoluteDeviation, is_that_of_a_hand_computed_example) {
  EXPECT_EQ(median_absolute_deviation(Values{1, 1, 2, 2, 4, 6, 9}), 1);
  EXPECT_EQ(median_absolute_deviation(Values{3}), 0);
  EXPECT_TRUE(std::isnan(median_absolute_deviation(Values{})));
}

// {2,4,4,4,5,5,7,9}: mean 5, squared deviations add up to 32.
TEST(Moments, are_those_of_a_hand_computed_example) {
  const Values values{2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_EQ(mean(values), 5);
  EXPECT_DOUBLE_EQ(variance(values), 32.0 / 7);
  EXPECT_DOUBLE_EQ(standard_deviation(values), std::sqrt(32.0 / 7));
}

TEST(Moments, of_too_little_are_nan) {
  EXPECT_TRUE(std::isnan(mean(Values{})));
  EXPECT_EQ(mean(Values{3}), 3);
  EXPECT_TRUE(std::isnan(variance(Values{3})));
  EXPECT_EQ(variance(Values{3, 3}), 0);
  EXPECT_TRUE(std::isnan(mean(Values{1, kNaN})));
}

// The first numbers of SplitMix64 from state 0, as its authors' code prints them.
TEST(RandomStream, gives_the_published_numbers) {
  RandomStream random(0);
  EXPECT_EQ(random.next(), 0xE220A8397B1DCDAF);
  EXPECT_EQ(random.next(), 0x6E789E6AA1B965F4);
  EXPECT_EQ(random.next(), 0x06C45D188009454F);
}

TEST(RandomStream, draws_every_number_below_the_bound_about_as_often) {
  RandomStream random(3);
  std::array<int, 6> seen{};
  for (int draw = 0; draw < 6000; ++draw) ++seen.at(random.below(6));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace effgate
