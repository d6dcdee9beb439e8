#include "harness/stats/clusters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace effgate {
namespace {

// Clusters of one sample each, whose logarithms are the values.
Clusters with_logs(std::initializer_list<double> logs) {
  Clusters clusters;
  for (const double log : logs) clusters.push_back({std::exp(log)});
  return clusters;
}

TEST(ClusterMedians, every_process_counts_once) {
  const Clusters clusters = {{1, 1, 1, 1, 1, 1, 1}, {3}, {}, {5, 7}};
  EXPECT_EQ(cluster_medians(clusters), (std::vector<double>{1, 3, 6}));
  EXPECT_EQ(median_of_clusters(clusters), 3);
  EXPECT_TRUE(std::isnan(median_of_clusters({})));
}

// Logs 0, 2 and 2, 4: both variances are 2, the squared error is 2, Welch's degrees of freedom are
// 2 and t = 2 / sqrt(2). With two degrees of freedom P(T > t) = 1/2 - t / (2 sqrt(2 + t^2)), and
// the table of Student's t gives 4.302653 for 97.5 %.
TEST(CompareClusterMedians, two_processes_a_side_by_hand) {
  const auto result = compare_cluster_medians(with_logs({0, 2}), with_logs({2, 4}), 0.95);
  ASSERT_TRUE(result.has_value());
  EXPECT_NEAR(result->p_greater, 0.5 - std::sqrt(2.0) / 4, 1e-12);
  EXPECT_NEAR(result->ratio, std::exp(2), 1e-12);
  EXPECT_NEAR(std::log(result->interval.high), 2 + 4.302653 * std::sqrt(2.0), 1e-5);
  EXPECT_NEAR(std::log(result->interval.low), 2 - 4.302653 * std::sqrt(2.0), 1e-5);
}

// Logs -1, 0, 1 on both sides, shifted by s: variances 1, error sqrt(2/3), four degrees of freedom,
// for which P(T < t) = 1/2 + 3/8 x (1 - x^2 / 12), x = t / sqrt(1 + t^2 / 4).
TEST(CompareClusterMedians, three_processes_a_side_by_the_closed_form) {
  for (const double shift : {-2.0, 0.0, 0.3, 1.0, 5.0}) {
    const double t = shift / std::sqrt(2.0 / 3);
    const double x = t / std::sqrt(1 + t * t / 4);
    const double below = 0.5 + 3.0 / 8 * x * (1 - x * x / 12);
    const auto result = compare_cluster_medians(with_logs({-1, 0, 1}),
                                                with_logs({shift - 1, shift, shift + 1}), 0.95);
    EXPECT_NEAR(result->p_greater, 1 - below, 1e-12) << shift;
  }
}

TEST(CompareClusterMedians, more_samples_of_the_same_processes_are_no_more_evidence) {
  const Clusters before = {{1.0}, {1.1}};
  const Clusters after = {{1.2}, {1.3}};
  const Clusters many_before = {std::vector<double>(100, 1.0), std::vector<double>(100, 1.1)};
  const Clusters many_after = {std::vector<double>(100, 1.2), std::vector<double>(100, 1.3)};
  EXPECT_DOUBLE_EQ(compare_cluster_medians(before, after, 0.95)->p_greater,
                   compare_cluster_medians(many_before, many_after, 0.95)->p_greater);
}

TEST(CompareClusterMedians, without_scatter_a_difference_is_certain) {
  const Clusters fast = {{2, 2}, {2}};
  const Clusters slow = {{3}, {3, 3}};
  EXPECT_EQ(compare_cluster_medians(fast, slow, 0.95)->p_greater, 0);
  EXPECT_EQ(compare_cluster_medians(fast, slow, 0.95)->ratio, 1.5);
  EXPECT_EQ(compare_cluster_medians(slow, fast, 0.95)->p_greater, 1);
  EXPECT_EQ(compare_cluster_medians(fast, fast, 0.95)->p_greater, 1);
}

TEST(CompareClusterMedians, needs_two_processes_a_side_and_times_that_can_be) {
  const Clusters good = {{1.0}, {1.1}};
  EXPECT_TRUE(compare_cluster_medians(good, good, 0.95).has_value());
  EXPECT_FALSE(compare_cluster_medians(good, {{1.0, 1.1, 1.2}}, 0.95).has_value());
  EXPECT_FALSE(compare_cluster_medians({}, good, 0.95).has_value());
  EXPECT_FALSE(compare_cluster_medians(good, {{1.0}, {0.0}}, 0.95).has_value());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(compare_cluster_medians({{1.0}, {nan}}, good, 0.95).has_value());
}

// A cluster of 1 and 2 drawn twice has median 1, 1.5, 2 with probability 1/4, 1/2, 1/4.
TEST(Bootstrap, finds_the_quantiles_of_an_enumerable_case) {
  const Clusters clusters = {{1, 2}};
  EXPECT_EQ(bootstrap_median(clusters, {.confidence = 0.4})->low, 1.5);
  EXPECT_EQ(bootstrap_median(clusters, {.confidence = 0.4})->high, 1.5);
  EXPECT_EQ(bootstrap_median(clusters, {.confidence = 0.9})->low, 1);
  EXPECT_EQ(bootstrap_median(clusters, {.confidence = 0.9})->high, 2);
}

// Two processes, each of one mind: a resample has twice the first, one of each, or twice the
// second.
TEST(Bootstrap, the_scatter_between_processes_counts) {
  const Clusters clusters = {std::vector<double>(50, 1.0), std::vector<double>(50, 3.0)};
  const auto interval = bootstrap_median(clusters, {});
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->high, 3);
}

TEST(Bootstrap, a_ratio_without_scatter_is_exact) {
  const auto interval = bootstrap_ratio_of_medians({{2, 2}, {2}}, {{5}, {5, 5}}, {});
  EXPECT_EQ(interval->low, 2.5);
  EXPECT_EQ(interval->high, 2.5);
}

TEST(Bootstrap, the_seed_decides) {
  const Clusters before = {{1.0, 1.3, 1.1, 1.2}, {1.15, 1.02, 1.25}, {1.4, 1.33, 1.21}};
  const Clusters after = {{1.1, 1.2, 1.4}, {1.01, 1.05, 1.55}, {1.17, 1.21, 1.31}};
  const auto first = bootstrap_ratio_of_medians(before, after, {.seed = 4});
  const auto again = bootstrap_ratio_of_medians(before, after, {.seed = 4});
  const auto other = bootstrap_ratio_of_medians(before, after, {.resamples = 50, .seed = 5});
  EXPECT_EQ(first->low, again->low);
  EXPECT_EQ(first->high, again->high);
  EXPECT_NE(first->high, other->high);
  EXPECT_LT(first->low, first->high);
}

TEST(Bootstrap, of_nothing_is_nothing) {
  EXPECT_FALSE(bootstrap_median({}, {}).has_value());
  EXPECT_FALSE(bootstrap_median({{}, {}}, {}).has_value());
  EXPECT_FALSE(bootstrap_ratio_of_medians({{1.0}}, {}, {}).has_value());
}

}  // namespace
}  // namespace effgate
