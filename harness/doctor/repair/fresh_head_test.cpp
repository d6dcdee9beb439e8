#include "harness/doctor/repair/fresh_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace effgate {
namespace {

std::vector<float> fresh(const ParamSpec& param) {
  const std::vector<std::byte> bytes = fresh_predictor(param);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments(const std::vector<float>& values) {
  Moments result;
  for (const float value : values) result.mean += value;
  result.mean /= static_cast<double>(values.size());
  for (const float value : values) result.deviation += std::pow(value - result.mean, 2);
  result.deviation = std::sqrt(result.deviation / static_cast<double>(values.size()));
  return result;
}

TEST(FreshPredictor, has_normal_weights_of_variance_one_over_the_fan_in) {
  const auto values = fresh({"class_net.predict.conv_pw.weight", {810, 64, 1, 1}});
  ASSERT_EQ(values.size(), 810U * 64U);
  // Five standard errors of a sample of 51,840.
  EXPECT_NEAR(moments(values).mean, 0, 5 * 0.125 / std::sqrt(51840.0));
  EXPECT_NEAR(moments(values).deviation, 0.125, 5 * 0.125 / std::sqrt(2 * 51840.0));
  std::size_t beyond_two = 0;
  for (const float value : values) beyond_two += std::abs(value) > 0.25F ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(beyond_two) / 51840, 0.0455, 0.005);  // of a normal distribution
}

TEST(FreshPredictor, has_small_weights_where_convolutions_are_not_separable) {
  const auto values = fresh({"box_net.predict.conv.weight", {36, 88, 3, 3}});
  EXPECT_NEAR(moments(values).deviation, 0.01, 0.0003);
}

TEST(FreshPredictor, starts_classes_at_a_probability_of_one_in_a_hundred_and_boxes_at_the_anchor) {
  for (const float value : fresh({"class_net.predict.conv_pw.bias", {810}}))
    ASSERT_FLOAT_EQ(value, -4.59512F);
  for (const float value : fresh({"box_net.predict.conv_pw.bias", {36}})) ASSERT_EQ(value, 0);
}

TEST(FreshPredictor, is_the_same_each_time) {
  const ParamSpec param{"class_net.predict.conv_pw.weight", {9, 64, 1, 1}};
  EXPECT_EQ(fresh(param), fresh(param));
}

}  // namespace
}  // namespace effgate
