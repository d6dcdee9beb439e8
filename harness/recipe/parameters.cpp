#include "harness/recipe/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string>

#include "harness/recipe/hash_stream.h"

namespace effgate {
namespace {

// A value is offset + scale * s, rounded to float32 once: with s and both numbers in float32 the
// sum and the product are exact in double.
struct Affine {
  double offset;
  double scale;
};

constexpr Affine kFirstEdgeWeight{0.5, 0.25};
constexpr Affine kOtherEdgeWeights{0.375, 0.5};
constexpr Affine kNormWeight{1, 0.5};
constexpr Affine kOtherBias{0.5, 0.5};

// What the last convolutions of the heads have of their own.
struct Predictor {
  std::string_view prefix;
  double gain;
  Affine bias;
};
constexpr double kOtherGain = 2;
constexpr Affine kClassBias{-4.59375, 0.5};
constexpr Affine kBoxBias{0, 0.25};
constexpr std::array<Predictor, 4> kPredictors{{
    {"class_net.predict.conv_pw.", 1, kClassBias},
    {"class_net.predict.conv.", 1, kClassBias},
    {"box_net.predict.conv_pw.", 0.0625, kBoxBias},
    {"box_net.predict.conv.", 0.0625, kBoxBias},
}};

const Predictor* find_predictor(std::string_view name) {
  const auto found = std::ranges::find_if(
      kPredictors, [&](const Predictor& p) { return name.starts_with(p.prefix); });
  return found == kPredictors.end() ? nullptr : &*found;
}

std::size_t element_count(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t dim : shape) count *= static_cast<std::size_t>(dim);
  return count;
}

// The width of a convolution's weights: their variance is gain over fan-in.
Affine conv_weight(const ParamSpec& param) {
  const Predictor* predictor = find_predictor(param.name);
  const double gain = predictor ? predictor->gain : kOtherGain;
  const std::size_t fan_in = element_count({param.shape.begin() + 1, param.shape.end()});
  return {0, static_cast<float>(std::sqrt(3 * gain / static_cast<double>(fan_in)))};
}

Affine bias(const ParamSpec& param) {
  const Predictor* predictor = find_predictor(param.name);
  return predictor ? predictor->bias : kOtherBias;
}

void fill(std::span<float> values, const Affine& rule, std::string_view key, std::uint64_t seed) {
  const HashStream stream(key, seed);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(rule.offset + rule.scale * stream.signed_unit(i));
  }
}

std::vector<float> filled(const ParamSpec& param, const Affine& rule, std::uint64_t seed) {
  std::vector<float> values(element_count(param.shape));
  fill(values, rule, param.name, seed);
  return values;
}

std::vector<std::byte> bytes_of(const void* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), data, size);
  return bytes;
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  return bytes_of(values.data(), values.size() * sizeof(float));
}

}  // namespace

bool is_running_statistic(std::string_view name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

Result<std::vector<std::byte>> fill_parameter(const ParamSpec& param, std::uint64_t seed) {
  const std::string_view name = param.name;
  if (name.ends_with(".num_batches_tracked")) {
    constexpr std::int64_t kOneBatch = 1;
    return bytes_of(&kOneBatch, sizeof kOneBatch);
  }
  if (is_running_statistic(name)) {
    return Error{.kind = ErrorKind::unsupported,
                 .message = "filling " + param.name + ": running statistics follow from no rule"};
  }
  if (name.ends_with(".edge_weights")) {
    return bytes_of(fill_edge_weights(name, element_count(param.shape), seed));
  }
  if (name.ends_with(".weight") && param.shape.size() >= 2) {
    return bytes_of(filled(param, conv_weight(param), seed));
  }
  if (name.ends_with(".weight")) return bytes_of(filled(param, kNormWeight, seed));
  if (name.ends_with(".bias")) return bytes_of(filled(param, bias(param), seed));
  return Error{.kind = ErrorKind::unsupported,
               .message = "filling " + param.name + ": the recipe has no rule for this name"};
}

std::vector<float> fill_edge_weights(std::string_view key, std::size_t count, std::uint64_t seed) {
  std::vector<float> values(count);
  fill(values, kOtherEdgeWeights, key, seed);
  fill(std::span(values).first(std::min<std::size_t>(1, count)), kFirstEdgeWeight, key, seed);
  return values;
}

}  // namespace effgate
