#include "harness/doctor/configuration_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> between(const char* first, const char* second) {
  return configuration_differences(*find_model(first), *find_model(second));
}

// The figures are those of effdet's config/model_config.py and of timm's model definitions.
TEST(ConfigurationDifferences, between_d6_and_d7_is_the_anchors_alone) {
  EXPECT_THAT(between("tf_efficientdet_d6", "tf_efficientdet_d7"),
              ElementsAre("anchor scale 4 and 5"));
}

TEST(ConfigurationDifferences, between_tensorflow_weights_and_plain_ones_is_in_the_backbone) {
  EXPECT_THAT(between("tf_efficientdet_d4", "efficientdet_d4"),
              ElementsAre("padding of the backbone TensorFlow's and symmetric",
                          "batch norm epsilon of the backbone 0.001 and 1e-05"));
}

// Read in the history of effdet's config/model_config.py.
TEST(ConfigurationDifferences, between_two_dates_are_what_was_changed) {
  EXPECT_THAT(
      between("cspresdet50@0.2.1", "cspresdet50"),
      ElementsAre("activation of the heads leaky_relu and silu",
                  "down-sampling max pool and bilinear", "up-sampling nearest and bilinear"));
  EXPECT_THAT(between("mixdet_m@0.1.6", "mixdet_m"),
              ElementsAre("anchor aspect ratios 1:1, 1.4:0.7, 0.7:1.4 and 1:1, 1.41:0.707, "
                          "0.707:1.41"));
}

TEST(ConfigurationDifferences, are_none_where_only_the_preprocessing_differs) {
  EXPECT_THAT(between("tf_efficientdet_d0", "tf_efficientdet_d0_ap"), IsEmpty());
}

}  // namespace
}  // namespace effgate
