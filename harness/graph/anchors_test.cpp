#include "harness/graph/anchors.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include "harness/base/hash.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

ModelConfig model(std::string_view name, const ModelOverrides& overrides = {}) {
  auto config = with_overrides(*find_model(name), overrides);
  EXPECT_TRUE(config.ok()) << name;
  return config.ok() ? *std::move(config) : ModelConfig{};
}

std::string digest(const std::vector<float>& anchors) {
  return sha256_hex(std::as_bytes(std::span(anchors)));
}

TEST(Anchors, begin_with_the_published_first_anchor) {
  const std::vector<float> anchors = make_anchors(model("d0"));
  EXPECT_EQ(std::vector<float>(anchors.begin(), anchors.begin() + 4),
            (std::vector<float>{-12, -12, 20, 20}));
}

TEST(Anchors, are_as_many_as_published) {
  const std::pair<const char*, std::int64_t> counts[] = {
      {"d0", 49104},    {"d1", 76725},    {"d2", 110484},   {"d3", 150381},    {"d4", 196416},
      {"d5", 306900},   {"d6", 306900},   {"d7", 441936},   {"d7x", 442260},   {"lite0", 19206},
      {"lite1", 27621}, {"lite2", 37629}, {"lite3", 49104}, {"lite3x", 76725}, {"lite4", 76725}};
  for (const auto& [name, count] : counts) {
    const ModelConfig config = model(name);
    EXPECT_EQ(anchor_count(config), count) << name;
    EXPECT_EQ(make_anchors(config).size(), static_cast<std::size_t>(count) * 4) << name;
  }
}

// Of the little-endian float32 rows: the first three as recorded with the golden outputs of zylo's
// implementation, which equal effdet's, those of w0 and v2 by effdet itself, the others by NumPy
// from its published formula. lite0 and lite2 have fractional strides.
TEST(Anchors, are_bit_equal_to_those_of_effdet) {
  const std::tuple<const char*, ModelOverrides, const char*> digests[] = {
      {"d0", {}, "6a7263e607cad26a1f3ef48812feebee0c329d8f89268f771907d56d91c717b9"},
      {"d1", {}, "dba345fb8b5aaebf1a0934801b9cbfd74e9badb64e912892150e0de1aeec10c6"},
      {"d7x",
       {.height = 512, .width = 512},
       "357e22955197a76422b9dc32d6a676f8967159042b764a465730a6eafe012e6f"},
      {"d7", {}, "764b4b85a4514949b129ac97a3df7acb2f737601075a7c62c39450c12f29c814"},
      {"lite0", {}, "31588de790e7cdbcfb7d351c48f89eab7adf674b89648cc269ffa463d2efe575"},
      {"lite2", {}, "33e0a3f98c189f58d59f32ab19e357d7924b3b1c3a08678b2ea17a360b690434"},
      {"d0",
       {.height = 397, .width = 611},
       "91e86fbc520a9fdc2546e487563fa5c7f6b209cd14e5c0f05c2091446d20b46a"},
      {"efficientdet_w0", {}, "ad683d8f2b2c27a253d11f80758e082ddefa00316e6e7cd8ef25ff01963c9d7c"},
      {"efficientdetv2_dt",
       {.height = 397, .width = 611},
       "4b9d2d239a080e7d671dcfb1374cb37e9d8cbdae086ff98c80cf6739adcb0c7a"},
      {"d0",
       {.height = 397,
        .width = 611,
        .num_scales = 2,
        .aspect_ratios = std::vector<AspectRatio>{{1, 1},
                                                  {std::sqrt(2.0), 1 / std::sqrt(2.0)},
                                                  {std::sqrt(0.5), 1 / std::sqrt(0.5)}}},
       "bb8fc3067542a9468d6ef3837db5ed4ade8d6028abffad21ce08c0475a538390"},
  };
  for (const auto& [name, overrides, expected] : digests) {
    EXPECT_EQ(digest(make_anchors(model(name, overrides))), expected) << name;
  }
}

// The definition, one anchor at a time from its index: slow, and by another route than the
// generator's.
std::array<double, 4> anchor_by_definition(const ModelConfig& config, std::int64_t index) {
  std::int64_t height = config.height;
  std::int64_t width = config.width;
  const std::int64_t per_cell = config.anchors_per_cell();
  for (int level = 1; level <= config.max_level; ++level) {
    height = (height - 1) / 2 + 1;
    width = (width - 1) / 2 + 1;
    if (level < config.min_level) continue;
    if (index >= height * width * per_cell) {
      index -= height * width * per_cell;
      continue;
    }
    const std::int64_t cell = index / per_cell;
    const auto ratios = static_cast<std::int64_t>(config.aspect_ratios.size());
    const AspectRatio ratio =
        config.aspect_ratios[static_cast<std::size_t>(index % per_cell % ratios)];
    const double stride_y = static_cast<double>(config.height) / static_cast<double>(height);
    const double stride_x = static_cast<double>(config.width) / static_cast<double>(width);
    const double size =
        config.anchor_scale *
        std::exp2(static_cast<double>(index % per_cell / ratios) / config.num_scales);
    const double y = (static_cast<double>(cell / width) + 0.5) * stride_y;
    const double x = (static_cast<double>(cell % width) + 0.5) * stride_x;
    const double half_height = size * stride_y * ratio.height / 2;
    const double half_width = size * stride_x * ratio.width / 2;
    return {y - half_height, x - half_width, y + half_height, x + half_width};
  }
  return {};
}

TEST(Anchors, agree_with_their_definition_on_an_image_that_is_not_square) {
  const ModelConfig config = model("lite0", {.height = 200, .width = 333});
  const std::vector<float> anchors = make_anchors(config);
  for (std::int64_t i = 0; i < anchor_count(config); ++i) {
    const auto expected = anchor_by_definition(config, i);
    for (std::size_t edge = 0; edge < 4; ++edge) {
      ASSERT_NEAR(anchors[static_cast<std::size_t>(i) * 4 + edge], expected[edge], 1e-4) << i;
    }
  }
}

}  // namespace
}  // namespace effgate
