#include "harness/matrix/cost.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

// Published: EfficientDet-D0 has 3.9 M parameters and 2.54 B multiply-adds at 512x512.
TEST(Cost, agrees_with_the_published_figures_of_d0) {
  const auto cost = forward_cost("tf_efficientdet_d0", "native");
  ASSERT_TRUE(cost.ok()) << cost.error().message;
  EXPECT_NEAR(cost->multiply_adds, 2.54e9, 0.03 * 2.54e9);
  EXPECT_NEAR(static_cast<double>(cost->parameters), 3.9e6, 0.1e6);
}

TEST(Cost, of_a_quarter_of_the_pixels_is_a_quarter) {
  const auto whole = forward_cost("tf_efficientdet_d0", "512x512");
  const auto quarter = forward_cost("tf_efficientdet_d0", "256x256");
  ASSERT_TRUE(whole.ok() && quarter.ok());
  EXPECT_NEAR(whole->multiply_adds / quarter->multiply_adds, 4.0, 0.05);
}

TEST(Cost, of_an_unknown_model_is_a_usage_error) {
  const auto cost = forward_cost("tf_efficientdet_d99", "native");
  ASSERT_FALSE(cost.ok());
  EXPECT_EQ(cost.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace effgate
