#include "harness/doctor/values/state_values.h"

#include <algorithm>
#include <array>

#include "harness/base/half.h"
#include "harness/checkpoint/values.h"

namespace effgate {

std::vector<float> StateValues::read(const std::string& name) const {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const TensorEntry* tensor = entry(name);
  if (tensor == nullptr || !tensor->contiguous) return {};
  if (tensor->bytes > std::min(kMostBytes, budget_)) return {};
  budget_ -= tensor->bytes;
  auto values = to_floats(*tensor);
  return values.ok() ? *std::move(values) : std::vector<float>();
}

bool StateValues::all_are(const std::string& name, float value) const {
  const std::vector<float> values = read(name);
  return !values.empty() && std::ranges::count(values, value) == std::ssize(values);
}

bool StateValues::all_are_stored(const std::string& name, float value) const {
  const float half = float16_to_float(float16_from_double(value));
  const float brain = bfloat16_to_float(bfloat16_from_double(value));
  const std::vector<float> values = read(name);
  return !values.empty() && std::ranges::any_of(std::array{value, half, brain}, [&](float stored) {
    return std::ranges::count(values, stored) == std::ssize(values);
  });
}

WeightMoments StateValues::weight_moments(const ParamSpec& weight) const {
  constexpr std::uint64_t kMostElements = 2048;
  const TensorEntry* tensor = entry(weight.name);
  if (tensor == nullptr || !tensor->contiguous) return {};
  const std::uint64_t elements =
      std::min<std::uint64_t>(kMostElements, tensor->data.size() / size_of(tensor->dtype));
  TensorEntry first = *tensor;
  first.shape = {static_cast<std::int64_t>(elements)};
  first.strides = {1};
  first.bytes = elements * size_of(tensor->dtype);
  first.data = tensor->data.first(first.bytes);
  const auto values = to_doubles(first);
  if (!values.ok()) return {};
  return moments_of(weight.shape, *values);
}

}  // namespace effgate
