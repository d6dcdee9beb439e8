#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/stats/interval.h"

namespace effgate {

// Times of one thing, a list for each fresh process. Samples of one process share its memory
// placement, clocks and neighbours and are not independent; the processes are.
using Clusters = std::vector<std::vector<double>>;

// The median of each cluster that has samples.
std::vector<double> cluster_medians(const Clusters& clusters);

// The median of the cluster medians: every process counts once, however many samples it gave.
double median_of_clusters(const Clusters& clusters);

struct RatioOfMedians {
  double ratio = 1;      // after / before, of the medians of the cluster medians
  Interval interval;     // for the ratio, two-sided
  double p_greater = 1;  // of "after is not slower than before", one-sided
};

// Welch's t-test (1947) on the logarithms of the cluster medians: the unit is the process, as
// Kalibera and Jones (2013) advise, variances may differ, and the result is a ratio. The interval
// is moved to lie around `ratio`. Two clusters a side are the least; nothing for fewer, or for
// times that are not positive and finite.
std::optional<RatioOfMedians> compare_cluster_medians(const Clusters& before, const Clusters& after,
                                                      double confidence);

struct BootstrapOptions {
  double confidence = 0.95;
  std::size_t resamples = 2000;
  std::uint64_t seed = 1;
};

// Percentile interval of the ratio of medians by the two-stage bootstrap for clustered data
// (Davison and Hinkley 1997, section 3.8): clusters are drawn with replacement, then the samples
// within each drawn one. With few clusters it is narrower than it claims; it serves as a picture,
// not as a test. The same seed gives the same interval. Nothing where a side has no samples.
std::optional<Interval> bootstrap_ratio_of_medians(const Clusters& before, const Clusters& after,
                                                   const BootstrapOptions& options);
// The same for the median of one side.
std::optional<Interval> bootstrap_median(const Clusters& clusters, const BootstrapOptions& options);

}  // namespace effgate
