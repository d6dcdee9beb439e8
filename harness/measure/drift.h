#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"

namespace effgate {

// How far one output tensor lies from the truth. Elements are widened to double exactly; those
// that are not finite on either side are left out of every sum; where none is left, all but
// `nonfinite` are NaN, which keeps no limit.
struct TensorDrift {
  double max_abs = 0;    // largest |output - truth|
  double rms = 0;        // root of the mean squared difference
  double truth_rms = 0;  // root of the truth's mean square
  double rel_max = 0;    // max_abs / truth_rms; 0 where both are 0
  double rel_rms = 0;    // rms / truth_rms; 0 where both are 0
  double cosine = 1;     // of the angle between both as vectors; 1 where both are 0
  double nonfinite = 0;  // elements that are NaN or infinite on one side only
};

struct DriftMetric {
  std::string_view name;
  double TensorDrift::*value;
};

// Every metric of an output tensor by the name under which it is recorded.
inline constexpr std::array<DriftMetric, 7> kDriftMetrics = {{
    {"max_abs", &TensorDrift::max_abs},
    {"rms", &TensorDrift::rms},
    {"truth_rms", &TensorDrift::truth_rms},
    {"rel_max", &TensorDrift::rel_max},
    {"rel_rms", &TensorDrift::rel_rms},
    {"cosine", &TensorDrift::cosine},
    {"nonfinite", &TensorDrift::nonfinite},
}};

// The elements of a floating tensor as doubles. Bytes that are no whole number of elements, and
// dtypes that models do not compute in, are a `bug`.
Result<std::vector<double>> widened(DType dtype, std::span<const std::byte> bytes);

// `output` in `dtype` against as many values of truth. The sums are made in an order that depends
// on nothing but the number of elements.
Result<TensorDrift> compare_with_truth(DType dtype, std::span<const std::byte> output,
                                       std::span<const double> truth);

}  // namespace effgate
