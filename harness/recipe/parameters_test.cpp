#include "harness/recipe/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "harness/base/hash.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kSeed = 1;

std::vector<ParamSpec> d0_schema() { return state_dict_schema(*find_model("d0")); }

ParamSpec d0_param(std::string_view name) {
  const std::vector<ParamSpec> schema = d0_schema();
  const auto found = std::ranges::find(schema, name, &ParamSpec::name);
  EXPECT_NE(found, schema.end()) << name;
  return found == schema.end() ? ParamSpec{} : *found;
}

std::vector<std::byte> filled(const ParamSpec& param) {
  auto bytes = fill_parameter(param, kSeed);
  EXPECT_TRUE(bytes.ok()) << param.name;
  return bytes.ok() ? *std::move(bytes) : std::vector<std::byte>{};
}

std::vector<float> floats(const ParamSpec& param, std::size_t count) {
  const std::vector<std::byte> bytes = filled(param);
  std::vector<float> values(std::min(count, bytes.size() / sizeof(float)));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

// The test vectors of recipe v1: seed 1, tf_efficientdet_d0.
TEST(Parameters, give_the_published_convolution_weights) {
  const ParamSpec stem = d0_param("backbone.conv_stem.weight");
  const std::vector<float> first = floats(stem, 4);
  EXPECT_THAT(first, ElementsAre(0.310986042F, -0.283703595F, 0.0150646325F, 0.338520914F));
  std::vector<std::uint32_t> bits;
  for (const float value : first) bits.push_back(std::bit_cast<std::uint32_t>(value));
  EXPECT_THAT(bits, ElementsAre(0x3e9f3990, 0xbe914199, 0x3c76d1a6, 0x3ead529d));
  EXPECT_EQ(sha256_hex(filled(stem)),
            "fc3a71ab3deef88cdbd079d839d86144413c6b419316e3fbc05304e16675e42b");
}

TEST(Parameters, give_the_published_batch_norms) {
  const ParamSpec weight = d0_param("backbone.bn1.weight");
  EXPECT_THAT(floats(weight, 4), ElementsAre(1.01522684F, 1.04666162F, 1.17894638F, 0.541874647F));
  EXPECT_EQ(sha256_hex(filled(weight)),
            "3c127e07c74106b5b57f4eb12496295d3c191ecbf5699e40c914d132b05875e8");
  EXPECT_EQ(sha256_hex(filled(d0_param("backbone.bn1.bias"))),
            "f7acb59745ec7ab0a5d98f4fcd2e4be49641cdc81950bff18d969cf6570e28e5");
}

TEST(Parameters, give_the_published_edge_weights) {
  EXPECT_THAT(floats(d0_param("fpn.cell.0.fnode.0.combine.edge_weights"), 2),
              ElementsAre(0.331623107F, 0.766429901F));
  EXPECT_THAT(fill_edge_weights("bifpn.0.p6_w1", 2, kSeed),
              ElementsAre(0.480664402F, 0.667417049F));
  EXPECT_THAT(fill_edge_weights("bifpn.7.p5_w2", 3, kSeed),
              ElementsAre(0.613144338F, -0.107545078F, 0.688946366F));
}

TEST(Parameters, give_the_published_class_predictor) {
  const ParamSpec weight = d0_param("class_net.predict.conv_pw.weight");
  EXPECT_THAT(floats(weight, 4),
              ElementsAre(-0.0530504808F, 0.0091477111F, 0.18760404F, 0.0451161303F));
  EXPECT_EQ(sha256_hex(filled(weight)),
            "c8dfb00e8372b047ba7a20fe2c12c500b8d398ca276de7aa2545eb2585f25d0a");
  EXPECT_EQ(sha256_hex(filled(d0_param("class_net.predict.conv_pw.bias"))),
            "b83dd0512076830fd6774c698b7110e8ddf35397932c0d9605c48899bcad35e8");
}

// By hand from the rule 0.25 s, and from sqrt(3 * 0.0625 / 64).
TEST(Parameters, keep_the_box_predictor_small) {
  for (const float value : floats(d0_param("box_net.predict.conv_pw.bias"), 36)) {
    EXPECT_LE(std::abs(value), 0.25F);
  }
  for (const float value : floats(d0_param("box_net.predict.conv_pw.weight"), 2304)) {
    EXPECT_LE(std::abs(value), 0.0541266F);
  }
}

TEST(Parameters, treat_dense_predictors_like_separable_ones) {
  const ParamSpec bias{"class_net.predict.conv.bias", {810}};
  for (const float value : floats(bias, 810)) EXPECT_NEAR(value, -4.59375F, 0.5F);
}

TEST(Parameters, count_one_batch) {
  const ParamSpec counter = d0_param("backbone.bn1.num_batches_tracked");
  const std::vector<std::byte> bytes = filled(counter);
  ASSERT_EQ(bytes.size(), 8u);
  EXPECT_EQ(bytes[0], std::byte{1});
  EXPECT_TRUE(
      std::all_of(bytes.begin() + 1, bytes.end(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(Parameters, fill_every_entry_but_the_running_statistics) {
  for (const ParamSpec& param : d0_schema()) {
    const auto bytes = fill_parameter(param, kSeed);
    EXPECT_EQ(bytes.ok(), !is_running_statistic(param.name)) << param.name;
  }
}

TEST(Parameters, refuse_names_without_a_rule) {
  const auto bytes = fill_parameter({"anchors.boxes", {4, 4}}, kSeed);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(bytes.error().message, HasSubstr("anchors.boxes"));
}

}  // namespace
}  // namespace effgate
