#include "harness/backend/batch_statistics.h"

#include <functional>

namespace effgate {
namespace {

// A feature map, [images, channels, plane].
struct FeatureMap {
  const double* values;
  std::int64_t images, channels, plane;

  // Mean over one channel of all images of term(value).
  template <typename Term>
  double channel_mean(std::int64_t channel, const Term& term) const {
    double sum = 0;
    for (std::int64_t image = 0; image < images; ++image) {
      const double* from = values + (image * channels + channel) * plane;
      for (std::int64_t i = 0; i < plane; ++i) sum += term(from[i]);
    }
    return sum / static_cast<double>(images * plane);
  }
};

}  // namespace

ChannelStatistics channel_statistics(std::span<const double> values,
                                     std::span<const std::int64_t> shape) {
  const FeatureMap map{values.data(), shape[0], shape[1], shape[2] * shape[3]};
  ChannelStatistics statistics;
  statistics.count = map.images * map.plane;
  for (std::int64_t channel = 0; channel < map.channels; ++channel) {
    const double mean = map.channel_mean(channel, std::identity{});
    const auto squared_distance = [mean](double value) { return (value - mean) * (value - mean); };
    statistics.mean.push_back(mean);
    statistics.var.push_back(map.channel_mean(channel, squared_distance));
  }
  return statistics;
}

}  // namespace effgate
