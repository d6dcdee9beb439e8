#include "harness/layout/own_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

std::vector<std::string> own_names(std::string_view model) {
  std::vector<std::string> names;
  for (const ParamSpec& param : own_schema(*find_model(model))) names.push_back(param.name);
  return names;
}

// Published digests of the state dicts of zylo117's own EfficientDetBackbone: SHA-256 of the
// sorted lines, first 16 digits.
TEST(OwnSchema, is_the_published_one_of_every_size_of_zylos) {
  const std::map<std::string, std::string> digests = {
      {"d0", "d52984e4a4a9128d"}, {"d1", "b4ff1f67b08a4d5d"}, {"d2", "3721ca6016a1592d"},
      {"d3", "2932111b65f5512c"}, {"d4", "694e4972e98c8154"}, {"d5", "78bd2cc2c5252342"},
      {"d6", "2881944f13011c6d"}, {"d7", "2881944f13011c6d"}, {"d7x", "630a54f8d5cc5a47"}};
  for (const auto& [size, digest] : digests) {
    const std::string keys = canonical_keys(own_schema(*find_model("zylo:" + size)));
    EXPECT_EQ(sha256_hex(std::string_view(keys)).substr(0, 16), digest) << size;
  }
}

// The keys of a file that zylo's own code saved for D0, joined by newlines in file order.
TEST(OwnSchema, has_the_order_of_a_file_that_zylo_wrote) {
  EXPECT_EQ(sha256_hex(std::string_view(join(own_names("zylo:d0"), "\n"))),
            "ba733066b0e46b7fbe5f02da58dd24927697dd821c6133c018580fe90865ed90");
}

// Read in zylo's code: the convolutions of level 8 are made behind those of the other levels.
TEST(OwnSchema, puts_zylos_level_8_behind_the_other_convolutions_of_a_cell) {
  const std::vector<std::string> names = own_names("zylo:d7x");
  const auto at = [&](std::string_view name) { return std::ranges::find(names, name); };
  EXPECT_EQ(at("bifpn.0.p6_w1"), names.begin());
  EXPECT_LT(at("bifpn.0.p7_w2"), at("bifpn.0.conv6_up.bn.bias"));
  EXPECT_LT(at("bifpn.0.conv7_down.bn.bias"), at("bifpn.0.conv7_up.bn.bias"));
  EXPECT_LT(at("bifpn.0.conv8_down.bn.bias"), at("bifpn.0.p5_down_channel.0.conv.weight"));
  EXPECT_LT(at("bifpn.0.p5_down_channel_2.1.bias"), at("bifpn.1.p6_w1"));
  EXPECT_NE(at("bifpn.7.p7_w2"), names.end());
}

// Read in mmdetection's code.
TEST(OwnSchema, has_the_module_order_of_mmdetection) {
  const std::vector<std::string> names = own_names("mmdet:d0");
  ASSERT_EQ(names.size(), 784U);
  const std::vector<std::string> in_order = {"backbone.layers.0.conv.weight",
                                             "backbone.layers.2.0.expand_conv.conv.weight",
                                             "backbone.layers.2.0.depthwise_conv.bn.weight",
                                             "backbone.layers.2.0.se.conv2.conv.bias",
                                             "backbone.layers.2.0.linear_conv.conv.weight",
                                             "neck.bifpn.0.p6_w1",
                                             "neck.bifpn.0.p7_w2",
                                             "neck.bifpn.0.p5_down_channel.down_conv.weight",
                                             "neck.bifpn.0.p5_level_connection.bn.weight",
                                             "neck.bifpn.0.conv6_up.depthwise_conv.weight",
                                             "neck.bifpn.1.p6_w1",
                                             "bbox_head.reg_conv_list.0.depthwise_conv.weight",
                                             "bbox_head.cls_conv_list.2.pointwise_conv.bias",
                                             "bbox_head.reg_bn_list.0.4.weight",
                                             "bbox_head.reg_bn_list.1.0.weight",
                                             "bbox_head.cls_bn_list.2.4.num_batches_tracked",
                                             "bbox_head.cls_header.pointwise_conv.bias",
                                             "bbox_head.reg_header.pointwise_conv.bias"};
  for (std::size_t i = 1; i < in_order.size(); ++i) {
    EXPECT_LT(std::ranges::find(names, in_order[i - 1]), std::ranges::find(names, in_order[i]))
        << in_order[i];
  }
  EXPECT_EQ(names.back(), in_order.back());
}

TEST(OwnSchema, of_effdets_models_is_the_networks_own) {
  const ModelConfig model = *find_model("efficientdet_lite0");
  EXPECT_EQ(own_layout(model), Layout::effdet);
  EXPECT_EQ(own_schema(model), state_dict_schema(model));
}

TEST(OwnSchema, follows_the_number_of_classes) {
  const std::vector<ParamSpec> schema = own_schema(*find_model("zylo:d0"), {.num_classes = 3});
  const auto bias =
      std::ranges::find(schema, "classifier.header.pointwise_conv.conv.bias", &ParamSpec::name);
  ASSERT_NE(bias, schema.end());
  EXPECT_EQ(bias->shape, std::vector<std::int64_t>{27});
}

}  // namespace
}  // namespace effgate
