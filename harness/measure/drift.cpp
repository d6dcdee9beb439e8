#include "harness/measure/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "harness/measure/elements.h"

namespace effgate {
namespace {

// Sums over a stretch of elements. Four partial sums let the processor overlap the additions, and
// stretches of fixed length bound the rounding error of long tensors.
struct Sums {
  double difference_squares = 0;
  double truth_squares = 0;
  double output_squares = 0;
  double products = 0;
  double max_difference = 0;
  double nonfinite = 0;
  double counted = 0;

  void add(double output, double truth) {
    if (!std::isfinite(truth) || !std::isfinite(output)) {
      nonfinite += std::isfinite(truth) == std::isfinite(output) ? 0 : 1;
      return;
    }
    const double difference = output - truth;
    difference_squares += difference * difference;
    truth_squares += truth * truth;
    output_squares += output * output;
    products += output * truth;
    max_difference = std::max(max_difference, std::fabs(difference));
    counted += 1;
  }

  void add(const Sums& other) {
    difference_squares += other.difference_squares;
    truth_squares += other.truth_squares;
    output_squares += other.output_squares;
    products += other.products;
    max_difference = std::max(max_difference, other.max_difference);
    nonfinite += other.nonfinite;
    counted += other.counted;
  }
};

constexpr std::size_t kLanes = 4;
constexpr std::size_t kStretch = 4096;

template <typename Elements>
Sums sums_of_stretch(const std::byte* output, std::span<const double> truth) {
  std::array<Sums, kLanes> lanes;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    lanes[i % kLanes].add(static_cast<double>(Elements::at(output + i * Elements::kSize)),
                          truth[i]);
  }
  Sums sums;
  for (const Sums& lane : lanes) sums.add(lane);
  return sums;
}

template <typename Elements>
Sums sums_of(std::span<const std::byte> output, std::span<const double> truth) {
  Sums sums;
  for (std::size_t start = 0; start < truth.size(); start += kStretch) {
    const std::size_t length = std::min(kStretch, truth.size() - start);
    sums.add(sums_of_stretch<Elements>(output.data() + start * Elements::kSize,
                                       truth.subspan(start, length)));
  }
  return sums;
}

double ratio(double value, double reference) {
  if (value == 0) return 0;
  return value / reference;  // infinite where the truth is all zero
}

double cosine_of(const Sums& sums) {
  if (sums.output_squares == 0 && sums.truth_squares == 0) return 1;
  const double lengths = std::sqrt(sums.output_squares) * std::sqrt(sums.truth_squares);
  return lengths == 0 ? 0 : std::clamp(sums.products / lengths, -1.0, 1.0);
}

// Of elements of which none is finite on both sides, as those of a checkpoint of NaN: nothing can
// be said, which is not the same as no difference.
TensorDrift unknown(double nonfinite) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  return {.max_abs = kNaN,
          .rms = kNaN,
          .truth_rms = kNaN,
          .rel_max = kNaN,
          .rel_rms = kNaN,
          .cosine = kNaN,
          .nonfinite = nonfinite};
}

TensorDrift drift_of(const Sums& sums, std::size_t elements) {
  if (sums.counted == 0 && elements > 0) return unknown(sums.nonfinite);
  TensorDrift drift;
  const double count = std::max(sums.counted, 1.0);
  drift.max_abs = sums.max_difference;
  drift.rms = std::sqrt(sums.difference_squares / count);
  drift.truth_rms = std::sqrt(sums.truth_squares / count);
  drift.rel_max = ratio(drift.max_abs, drift.truth_rms);
  drift.rel_rms = ratio(drift.rms, drift.truth_rms);
  drift.cosine = cosine_of(sums);
  drift.nonfinite = sums.nonfinite;
  return drift;
}

}  // namespace

Result<std::vector<double>> widened(DType dtype, std::span<const std::byte> bytes) {
  return with_elements(dtype, [&]<typename Elements>(Elements) -> Result<std::vector<double>> {
    if (bytes.size() % Elements::kSize != 0) {
      return Error{ErrorKind::bug, "widening a tensor: its bytes are no whole elements"};
    }
    std::vector<double> values(bytes.size() / Elements::kSize);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<double>(Elements::at(bytes.data() + i * Elements::kSize));
    }
    return values;
  });
}

Result<TensorDrift> compare_with_truth(DType dtype, std::span<const std::byte> output,
                                       std::span<const double> truth) {
  return with_elements(dtype, [&]<typename Elements>(Elements) -> Result<TensorDrift> {
    if (output.size() != truth.size() * Elements::kSize) {
      return Error{ErrorKind::bug, "comparing an output with the truth: " +
                                       std::to_string(output.size() / Elements::kSize) +
                                       " elements against " + std::to_string(truth.size())};
    }
    return drift_of(sums_of<Elements>(output, truth), truth.size());
  });
}

}  // namespace effgate
