#include "harness/doctor/layer_tensor.h"

#include <gtest/gtest.h>

#include "harness/layout/network_index.h"

namespace effgate {
namespace {

TEST(LayerTensor, is_every_tensor_of_every_network) {
  for (const Network& network : NetworkIndex::instance().all())
    for (const ParamSpec& tensor : network.schema)
      EXPECT_TRUE(is_of_a_layer(std::string_view(tensor.name))) << tensor.name;
}

TEST(LayerTensor, is_nothing_that_a_profiler_or_an_observer_notes) {
  EXPECT_FALSE(is_of_a_layer("total_ops"));
  EXPECT_FALSE(is_of_a_layer("backbone.conv_stem.total_params"));
  EXPECT_FALSE(is_of_a_layer("backbone.conv_stem.weight_fake_quant.scale"));
  EXPECT_FALSE(is_of_a_layer(""));
}

TEST(LayerTensor, is_a_kernel_of_any_name) {
  EXPECT_TRUE(is_of_a_layer(ParamSpec{"backbone.conv_stem.lora_A", {4, 32}}));
  EXPECT_FALSE(is_of_a_layer(ParamSpec{"backbone.conv_stem.activation_scale", {32}}));
}

}  // namespace
}  // namespace effgate
