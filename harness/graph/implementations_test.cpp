#include "harness/graph/implementations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "harness/graph/anchors.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

using ::testing::HasSubstr;

Graph built(std::string_view name, const ModelOverrides& overrides = {}) {
  auto graph = build_graph(*find_model(name), overrides);
  EXPECT_TRUE(graph.ok()) << name;
  return graph.ok() ? *std::move(graph) : Graph{};
}

std::map<std::string, int> calls(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Op& op : graph.ops) ++counts[std::string(to_string(op.kind))];
  return counts;
}

TEST(Implementations, are_found_by_full_and_short_names) {
  EXPECT_EQ(*resolve_model_name("zylo:d0"), "zylo:tf_efficientdet_d0");
  EXPECT_EQ(*resolve_model_name("zylo:tf_efficientdet_d7x"), "zylo:tf_efficientdet_d7x");
  EXPECT_EQ(find_model("mmdet:d5")->implementation, Implementation::mmdet);
  EXPECT_EQ(find_model("d5")->implementation, Implementation::effdet);
}

TEST(Implementations, scale_pictures_each_in_its_own_way) {
  EXPECT_EQ(picture_scaling(Implementation::effdet), PictureScaling::pillow_bytes);
  EXPECT_EQ(picture_scaling(Implementation::zylo), PictureScaling::opencv_numbers);
  EXPECT_EQ(picture_scaling(Implementation::mmdet), PictureScaling::opencv_bytes);
}

// mmdetection's YXYXAnchorGenerator of ratios 1, 0.5 and 2 (height to width) at stride 8, base 4:
// 32 * sqrt(2) = 45.2548 wide and 22.6274 high. effdet and zylo have 1.4 and 0.7: 44.8 and 22.4.
TEST(Implementations, have_anchors_of_their_own_widths) {
  const auto second = [](std::string_view name) {
    const std::vector<float> anchors = make_anchors(*find_model(name));
    return std::pair(anchors[7] - anchors[5], anchors[6] - anchors[4]);
  };
  EXPECT_NEAR(second("mmdet:d0").first, 45.2548, 1e-4);
  EXPECT_NEAR(second("mmdet:d0").second, 22.6274, 1e-4);
  EXPECT_FLOAT_EQ(second("zylo:d0").first, 44.8F);
  EXPECT_FLOAT_EQ(second("d0").second, 22.4F);
}

TEST(Implementations, have_the_sizes_that_they_build_and_no_other) {
  EXPECT_EQ(model_names_of(Implementation::zylo).size(), 9U);
  EXPECT_EQ(model_names_of(Implementation::mmdet).back(), "mmdet:tf_efficientdet_d5");
  EXPECT_TRUE(model_names_of(Implementation::effdet).empty());
  for (const char* name : {"mmdet:d6", "zylo:lite0", "zylo:d0_ap", "zylo:efficientdet_d0",
                           "zylo:", "timm:d0", "zylo:zylo:d0"}) {
    EXPECT_FALSE(find_model(name).ok()) << name;
  }
  EXPECT_THAT(find_model("mmdet:d6").error().message, HasSubstr("did you mean mmdet:d"));
}

// Counted by hand in zylo's code: what effdet stacks and sums zylo adds, two inputs in five of a
// cell's eight nodes and three in the others, and every activation is a sigmoid and a product.
TEST(Implementations, make_the_calls_of_zylos_d0) {
  const auto zylo = calls(built("zylo:d0"));
  const auto effdet = calls(built("d0"));
  EXPECT_EQ(zylo.at("conv2d"), effdet.at("conv2d"));
  EXPECT_EQ(zylo.at("batch_norm"), effdet.at("batch_norm"));
  EXPECT_EQ(zylo.at("max_pool2d"), effdet.at("max_pool2d"));
  EXPECT_EQ(zylo.count("silu_"), 0U);
  EXPECT_EQ(zylo.count("stack_last"), 0U);
  EXPECT_EQ(zylo.at("div"), 24);
  EXPECT_EQ(zylo.at("select"), 57);
  EXPECT_EQ(zylo.at("add"), 9 + 3 * (5 * 1 + 3 * 2));
  EXPECT_EQ(zylo.at("sigmoid"), 102 + 16 + 5);
  EXPECT_EQ(zylo.at("mul"), 102 + 16 + 57);
}

TEST(Implementations, end_zylos_classifier_with_a_sigmoid_behind_the_logits) {
  const Graph zylo = built("zylo:d0");
  const auto probability = std::ranges::find(zylo.taps, "prob/7", &Tap::name);
  ASSERT_NE(probability, zylo.taps.end());
  const Op& op = zylo.ops.at(static_cast<std::size_t>(probability->after));
  EXPECT_EQ(op.kind, OpKind::sigmoid);
  EXPECT_EQ(op.inputs.front(), zylo.outputs.at(4).value);
  EXPECT_EQ(zylo.outputs.at(4).name, "class/7");
  const Graph mmdet = built("mmdet:d0");
  EXPECT_EQ(std::ranges::find(mmdet.taps, "prob/7", &Tap::name), mmdet.taps.end());
}

TEST(Implementations, pad_pools_with_zero) {
  for (const char* name : {"zylo:d6", "mmdet:d0"}) {
    const Graph graph = built(name);
    EXPECT_GT(calls(graph).at("max_pool2d"), 0);
    for (const Op& op : graph.ops) {
      EXPECT_TRUE(op.kind != OpKind::constant_pad_nd || op.scalar == 0) << name;
    }
  }
}

TEST(Implementations, pad_apart_whatever_pads_and_nothing_else) {
  const auto counts = calls(built("zylo:d0"));
  // All but the pointwise ones: the stem, 16 depthwise of the backbone, 24 of the pyramid, and of
  // two heads on five levels three each and the predictor's.
  EXPECT_EQ(counts.at("constant_pad_nd"), 1 + 16 + 24 + 2 * 5 * 4 + 14);
}

// "input size must be divided by the stride", says zylo.
TEST(Implementations, refuse_images_whose_sides_are_no_multiples_of_the_coarsest_stride) {
  const auto wide = build_graph(*find_model("zylo:d0"), {.height = 512, .width = 576});
  ASSERT_FALSE(wide.ok());
  EXPECT_EQ(wide.error().kind, ErrorKind::usage);
  EXPECT_THAT(wide.error().message, HasSubstr("multiples of 128"));
  EXPECT_TRUE(build_graph(*find_model("zylo:d0"), {.height = 512, .width = 640}).ok());
  EXPECT_TRUE(build_graph(*find_model("d0"), {.height = 512, .width = 576}).ok());
  EXPECT_FALSE(build_graph(*find_model("zylo:d7x"), {.height = 384, .width = 384}).ok());
}

}  // namespace
}  // namespace effgate
