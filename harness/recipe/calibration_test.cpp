#include "harness/recipe/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;

CalibrationPlan plan(std::string_view name) {
  const auto plan = calibration_plan(*find_model(name));
  EXPECT_TRUE(plan.ok()) << name;
  return plan.ok() ? *plan : CalibrationPlan{};
}

TEST(Calibration, measures_a_network_on_images_one_and_two) {
  const CalibrationPlan d2 = plan("d2");
  EXPECT_EQ(d2.model, "tf_efficientdet_d2");
  EXPECT_EQ(d2.height, 256);
  EXPECT_EQ(d2.width, 256);
  EXPECT_EQ(d2.first_image, 1);
  EXPECT_EQ(d2.images, 2);
}

TEST(Calibration, takes_a_larger_image_where_there_is_a_level_eight) {
  EXPECT_EQ(plan("d7x").height, 512);
  EXPECT_EQ(plan("d7x").model, "tf_efficientdet_d7x");
}

TEST(Calibration, shares_the_statistics_of_networks_with_the_same_parameters) {
  EXPECT_EQ(plan("d7").model, "tf_efficientdet_d6");
  EXPECT_EQ(plan("d3_ap").model, "tf_efficientdet_d3");
  EXPECT_EQ(plan("efficientdet_d4").model, "efficientdet_d4");
  EXPECT_EQ(plan("zylo:d7x").model, "tf_efficientdet_d7x");
  for (const std::string& name : model_names()) {
    EXPECT_EQ(state_dict_schema(*find_model(plan(name).model)),
              state_dict_schema(*find_model(name)))
        << name;
  }
}

// By hand: 8 samples make 7/8 of the unbiased variance; the mean of 7, 0, 14 unbiased is 8 after
// the correction, so 0.8 is the floor.
TEST(Calibration, corrects_the_variance_and_keeps_it_off_zero) {
  const RunningStatistics running =
      running_statistics({.mean = {1.5, -2, 0.1}, .variance = {7, 0, 14}, .samples = 8});
  EXPECT_THAT(running.mean, ElementsAre(1.5F, -2.0F, 0.1F));
  EXPECT_THAT(running.variance, ElementsAre(8.0F, 0.8F, 16.0F));
}

}  // namespace
}  // namespace effgate
