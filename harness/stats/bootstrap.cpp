#include <cmath>

#include "harness/stats/clusters.h"
#include "harness/stats/order.h"
#include "harness/stats/random.h"

namespace effgate {
namespace {

Clusters without_empty(const Clusters& clusters) {
  Clusters full;
  for (const std::vector<double>& cluster : clusters)
    if (!cluster.empty()) full.push_back(cluster);
  return full;
}

// The median of cluster medians of one resample: clusters with replacement, then samples of each.
double resampled_median(const Clusters& clusters, RandomStream& random) {
  std::vector<double> medians;
  std::vector<double> drawn;
  for (std::size_t count = 0; count < clusters.size(); ++count) {
    const std::vector<double>& cluster = clusters[random.below(clusters.size())];
    drawn.clear();
    for (std::size_t sample = 0; sample < cluster.size(); ++sample)
      drawn.push_back(cluster[random.below(cluster.size())]);
    medians.push_back(median(drawn));
  }
  return median(medians);
}

Interval percentiles(const std::vector<double>& values, double confidence) {
  return {quantile(values, (1 - confidence) / 2), quantile(values, (1 + confidence) / 2)};
}

}  // namespace

std::optional<Interval> bootstrap_ratio_of_medians(const Clusters& before, const Clusters& after,
                                                   const BootstrapOptions& options) {
  const Clusters old_clusters = without_empty(before);
  const Clusters new_clusters = without_empty(after);
  if (old_clusters.empty() || new_clusters.empty()) return std::nullopt;
  RandomStream random(options.seed);
  std::vector<double> ratios;
  for (std::size_t resample = 0; resample < options.resamples; ++resample) {
    const double old_median = resampled_median(old_clusters, random);
    ratios.push_back(resampled_median(new_clusters, random) / old_median);
  }
  return percentiles(ratios, options.confidence);
}

std::optional<Interval> bootstrap_median(const Clusters& clusters,
                                         const BootstrapOptions& options) {
  const Clusters full = without_empty(clusters);
  if (full.empty()) return std::nullopt;
  RandomStream random(options.seed);
  std::vector<double> medians;
  for (std::size_t resample = 0; resample < options.resamples; ++resample)
    medians.push_back(resampled_median(full, random));
  return percentiles(medians, options.confidence);
}

}  // namespace effgate
