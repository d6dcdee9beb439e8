#include "harness/backend/batch_statistics.h"

#include <functional>

#include "harness/backend/reference/scalar.h"

namespace effgate {
namespace {

// Mean over one channel of all images of term(value).
template <typename T, typename Term>
double channel_mean(const T* values, std::int64_t images, std::int64_t channels, std::int64_t plane,
                    std::int64_t channel, const Term& term) {
  double sum = 0;
  for (std::int64_t image = 0; image < images; ++image) {
    const T* from = values + (image * channels + channel) * plane;
    for (std::int64_t i = 0; i < plane; ++i) sum += term(widen(from[i]));
  }
  return sum / static_cast<double>(images * plane);
}

}  // namespace

ChannelStatistics channel_statistics(std::span<const std::byte> bytes, DType dtype,
                                     std::span<const std::int64_t> shape) {
  const std::int64_t channels = shape[1];
  const std::int64_t plane = shape[2] * shape[3];
  ChannelStatistics statistics;
  statistics.count = shape[0] * plane;
  with_element_type(static_cast<effgate_dtype>(dtype), [&]<typename T>(std::type_identity<T>) {
    const T* values = reinterpret_cast<const T*>(bytes.data());
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      const double mean = channel_mean(values, shape[0], channels, plane, channel, std::identity{});
      const auto squared_distance = [mean](double value) {
        return (value - mean) * (value - mean);
      };
      statistics.mean.push_back(mean);
      statistics.var.push_back(
          channel_mean(values, shape[0], channels, plane, channel, squared_distance));
    }
  });
  return statistics;
}

}  // namespace effgate
