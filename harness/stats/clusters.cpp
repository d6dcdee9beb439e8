#include "harness/stats/clusters.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "harness/stats/moments.h"
#include "harness/stats/order.h"

namespace effgate {
namespace {

// The logarithms, or nothing where one does not exist.
std::optional<std::vector<double>> logarithms(std::span<const double> values) {
  std::vector<double> logs;
  for (const double value : values) {
    if (!std::isfinite(value) || value <= 0) return std::nullopt;
    logs.push_back(std::log(value));
  }
  return logs;
}

// The squared standard error of a mean.
double squared_error(std::span<const double> values) {
  return variance(values) / static_cast<double>(values.size());
}

// Welch's and Satterthwaite's approximate degrees of freedom.
double degrees_of_freedom(double first_error, std::size_t first, double second_error,
                          std::size_t second) {
  const double sum = first_error + second_error;
  return sum * sum /
         (first_error * first_error / static_cast<double>(first - 1) +
          second_error * second_error / static_cast<double>(second - 1));
}

// Clusters without any scatter say exactly what they say.
RatioOfMedians without_scatter(double ratio, double difference) {
  return {ratio, {ratio, ratio}, difference > 0 ? 0.0 : 1.0};
}

}  // namespace

std::vector<double> cluster_medians(const Clusters& clusters) {
  std::vector<double> medians;
  for (const std::vector<double>& cluster : clusters)
    if (!cluster.empty()) medians.push_back(median(cluster));
  return medians;
}

double median_of_clusters(const Clusters& clusters) { return median(cluster_medians(clusters)); }

std::optional<RatioOfMedians> compare_cluster_medians(const Clusters& before, const Clusters& after,
                                                      double confidence) {
  const auto old_logs = logarithms(cluster_medians(before));
  const auto new_logs = logarithms(cluster_medians(after));
  if (!old_logs || !new_logs || old_logs->size() < 2 || new_logs->size() < 2) return std::nullopt;

  const double ratio = median_of_clusters(after) / median_of_clusters(before);
  const double difference = mean(*new_logs) - mean(*old_logs);
  const double old_error = squared_error(*old_logs);
  const double new_error = squared_error(*new_logs);
  const double error = std::sqrt(old_error + new_error);
  if (error == 0) return without_scatter(ratio, difference);

  const boost::math::students_t student(
      degrees_of_freedom(old_error, old_logs->size(), new_error, new_logs->size()));
  const double reach = error * boost::math::quantile(student, (1 + confidence) / 2);
  const double p_greater = boost::math::cdf(boost::math::complement(student, difference / error));
  return RatioOfMedians{ratio, {ratio * std::exp(-reach), ratio * std::exp(reach)}, p_greater};
}

}  // namespace effgate
