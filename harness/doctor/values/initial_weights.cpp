#include "harness/doctor/values/initial_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace effgate {
namespace {

using Shape = std::span<const std::int64_t>;

constexpr std::size_t kFewestElements = 5000;
constexpr double kNormalKurtosis = 3, kUniformKurtosis = 1.8;
constexpr double kChance = 5;        // standard errors
constexpr double kTensorChance = 6;  // the largest of hundreds of tensors
constexpr double kRounding = 0.005;  // what storing weights in 16 bits may change

double area(Shape shape) { return static_cast<double>(shape[2] * shape[3]); }
double fan_in(Shape shape) { return static_cast<double>(shape[1]) * area(shape); }
// A convolution with one input a group is depthwise: as many groups as outputs.
double fan_out(Shape shape) {
  return area(shape) * static_cast<double>(shape[1] == 1 ? 1 : shape[0]);
}

// Sources: timm's EfficientNet builder and ResNets, effdet's efficientdet.py (_init_weight,
// _init_weight_alt), zylo's utils.py (init_weights).
constexpr std::array kInitialisers = {
    Initialiser{"normal", "2 / fan-out", kNormalKurtosis,
                [](Shape shape) { return 2 / fan_out(shape); }},
    Initialiser{"normal", "1 / fan-in", kNormalKurtosis,
                [](Shape shape) { return 1 / fan_in(shape); }},
    Initialiser{"uniform", "2 / (fan-in + fan-out)", kUniformKurtosis,
                [](Shape shape) { return 2 / (fan_in(shape) + fan_out(shape)); }},
    Initialiser{"uniform", "2 / fan-in", kUniformKurtosis,
                [](Shape shape) { return 2 / fan_in(shape); }},
    Initialiser{"normal", "0.0001", kNormalKurtosis, [](Shape) { return 1e-4; }},
};

bool within(double value, double expected, double standard_errors, double error) {
  return std::abs(value - expected) <= standard_errors * error + kRounding;
}

// The relative standard error of a sample variance around a known mean.
double variance_error(const Initialiser& initialiser, std::size_t count) {
  return std::sqrt((initialiser.kurtosis - 1) / static_cast<double>(count));
}

// Sums of all weights in units of their expected deviations.
struct Pooled {
  double sum = 0, sum_of_squares = 0, sum_of_fourths = 0;
};

bool fits(const Initialiser& initialiser, const Pooled& mean, std::size_t count) {
  const double root = std::sqrt(static_cast<double>(count));
  const double kurtosis = mean.sum_of_fourths / (mean.sum_of_squares * mean.sum_of_squares);
  return within(mean.sum, 0, kChance, 1 / root) &&
         within(mean.sum_of_squares, 1, kChance, variance_error(initialiser, count)) &&
         within(kurtosis, initialiser.kurtosis, kChance, std::sqrt(24.0) / root);
}

InitialFit fit(const Initialiser& initialiser, std::span<const WeightMoments> weights) {
  Pooled pooled;
  std::size_t count = 0;
  for (const WeightMoments& tensor : weights) {
    if (tensor.count == 0 || tensor.shape.size() != 4) return {};
    const double variance = initialiser.variance(tensor.shape);
    const double squares = tensor.sum_of_squares / variance;
    if (!within(squares / static_cast<double>(tensor.count), 1, kTensorChance,
                variance_error(initialiser, tensor.count)))
      return {};
    pooled.sum += tensor.sum / std::sqrt(variance);
    pooled.sum_of_squares += squares;
    pooled.sum_of_fourths += tensor.sum_of_fourths / (variance * variance);
    count += tensor.count;
  }
  if (count < kFewestElements) return {};
  for (double* sum : {&pooled.sum, &pooled.sum_of_squares, &pooled.sum_of_fourths})
    *sum /= static_cast<double>(count);
  if (!fits(initialiser, pooled, count)) return {};
  return {&initialiser, weights.size(), count, std::sqrt(pooled.sum_of_squares),
          pooled.sum_of_fourths / (pooled.sum_of_squares * pooled.sum_of_squares)};
}

}  // namespace

WeightMoments moments_of(std::vector<std::int64_t> shape, std::span<const double> values) {
  WeightMoments moments{std::move(shape), values.size()};
  for (const double value : values) {
    const double square = value * value;
    moments.sum += value;
    moments.sum_of_squares += square;
    moments.sum_of_fourths += square * square;
  }
  return moments;
}

InitialFit fit_initialiser(std::span<const WeightMoments> weights) {
  for (const Initialiser& initialiser : kInitialisers) {
    const InitialFit found = fit(initialiser, weights);
    if (found.initialiser != nullptr) return found;
  }
  return {};
}

}  // namespace effgate
