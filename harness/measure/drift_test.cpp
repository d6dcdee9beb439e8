#include "harness/measure/drift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace effgate {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span<const T>(values));
}

TensorDrift drift(const std::vector<double>& output, const std::vector<double>& truth) {
  auto result = compare_with_truth(DType::float64, bytes_of(output), truth);
  EXPECT_TRUE(result.ok());
  return result.ok() ? *result : TensorDrift{};
}

// By hand: differences 0, 1, 0, -2; sum of squares 5; truth squares 1+4+9+16 = 30.
TEST(Drift, gives_the_metrics_of_a_hand_calculation) {
  const TensorDrift found = drift({1, 3, 3, 2}, {1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(found.max_abs, 2);
  EXPECT_DOUBLE_EQ(found.rms, std::sqrt(5.0 / 4));
  EXPECT_DOUBLE_EQ(found.truth_rms, std::sqrt(30.0 / 4));
  EXPECT_DOUBLE_EQ(found.rel_max, 2 / std::sqrt(7.5));
  EXPECT_DOUBLE_EQ(found.rel_rms, std::sqrt(1.25 / 7.5));
  EXPECT_DOUBLE_EQ(found.cosine, (1 + 6 + 9 + 8) / std::sqrt(23.0 * 30));
  EXPECT_EQ(found.nonfinite, 0);
}

TEST(Drift, is_nothing_between_equal_tensors) {
  const TensorDrift found = drift({1.5, -2.5, 1e-30}, {1.5, -2.5, 1e-30});
  EXPECT_EQ(found.max_abs, 0);
  EXPECT_EQ(found.rel_rms, 0);
  EXPECT_DOUBLE_EQ(found.cosine, 1);
}

TEST(Drift, counts_what_is_not_finite_and_leaves_it_out_of_the_sums) {
  const TensorDrift found = drift({kNan, 1, kInfinity, 7, 2}, {5, 1, 5, kNan, 3});
  EXPECT_EQ(found.nonfinite, 3);
  EXPECT_EQ(found.max_abs, 1);
  EXPECT_DOUBLE_EQ(found.truth_rms, std::sqrt((1.0 + 9) / 2));
}

TEST(Drift, of_a_truth_without_a_finite_element_is_unknown) {
  const TensorDrift same = drift({kNan, kNan}, {kNan, kNan});
  EXPECT_EQ(same.nonfinite, 0);
  EXPECT_TRUE(std::isnan(same.rel_rms));
  EXPECT_TRUE(std::isnan(same.cosine));
  EXPECT_EQ(drift({1, 2}, {kNan, kNan}).nonfinite, 2);
  EXPECT_EQ(drift({}, {}).rel_rms, 0);
}

TEST(Drift, a_truth_of_zeros_makes_relative_metrics_zero_or_infinite) {
  EXPECT_EQ(drift({0, 0}, {0, 0}).rel_max, 0);
  EXPECT_EQ(drift({0, 0}, {0, 0}).cosine, 1);
  EXPECT_EQ(drift({0, 1}, {0, 0}).rel_max, kInfinity);
  EXPECT_EQ(drift({0, 1}, {0, 0}).cosine, 0);
}

TEST(Drift, reads_every_dtype_that_models_compute_in) {
  const std::vector<double> truth = {1.5, -0.25};
  const std::vector<float> single = {1.5F, -0.25F};
  const std::vector<std::uint16_t> half = {0x3e00, 0xb400};   // 1.5, -0.25 in binary16
  const std::vector<std::uint16_t> brain = {0x3fc0, 0xbe80};  // the same in bfloat16
  EXPECT_EQ(compare_with_truth(DType::float32, bytes_of(single), truth)->max_abs, 0);
  EXPECT_EQ(compare_with_truth(DType::float16, bytes_of(half), truth)->max_abs, 0);
  EXPECT_EQ(compare_with_truth(DType::bfloat16, bytes_of(brain), truth)->max_abs, 0);
  EXPECT_NE(compare_with_truth(DType::bfloat16, bytes_of(half), truth)->max_abs, 0);
}

TEST(Drift, refuses_other_dtypes_and_lengths) {
  const std::vector<std::int64_t> integers = {1, 2};
  const std::vector<float> single = {1, 2};
  EXPECT_FALSE(
      compare_with_truth(DType::int64, bytes_of(integers), std::vector<double>{1, 2}).ok());
  EXPECT_FALSE(compare_with_truth(DType::float32, bytes_of(single), std::vector<double>{1}).ok());
  EXPECT_TRUE(compare_with_truth(DType::float32, bytes_of(single), std::vector<double>{1, 2}).ok());
}

// A second, slow way: long double sums in index order over a tensor of several stretches.
TEST(Drift, agrees_with_plain_sums_over_a_long_tensor) {
  std::vector<double> truth(10'000);
  std::vector<float> output(truth.size());
  long double squares = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    truth[i] = std::sin(static_cast<double>(i));
    output[i] = static_cast<float>(truth[i] + 1e-3 * std::cos(static_cast<double>(3 * i)));
    const long double difference = static_cast<long double>(output[i]) - truth[i];
    squares += difference * difference;
  }
  const auto found = compare_with_truth(DType::float32, bytes_of(output), truth);
  ASSERT_TRUE(found.ok());
  EXPECT_NEAR(found->rms, static_cast<double>(std::sqrt(squares / 10'000)), 1e-15);
}

TEST(Drift, widens_without_changing_a_value) {
  const std::vector<float> single = {0.1F, -3e38F, 1e-45F};
  const auto values = widened(DType::float32, bytes_of(single));
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(*values, (std::vector<double>{double{0.1F}, double{-3e38F}, double{1e-45F}}));
  EXPECT_FALSE(widened(DType::float32, bytes_of(single).first(5)).ok());
}

}  // namespace
}  // namespace effgate
