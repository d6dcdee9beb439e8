#include "harness/graph/backbone_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>

namespace effgate {
namespace {

// A stage at width and depth 1.
struct BaseStage {
  BlockKind block;
  int repeats, kernel, stride;
  double expansion;
  std::int64_t channels;
};

constexpr std::int64_t kStemChannels = 32;
constexpr BlockKind kSeparable = BlockKind::depthwise_separable;
constexpr BlockKind kInverted = BlockKind::inverted_residual;
// EfficientNet, Tan and Le 2019, table 1.
constexpr std::array<BaseStage, 7> kEfficientNetStages{{
    {kSeparable, 1, 3, 1, 1, 16},
    {kInverted, 2, 3, 2, 6, 24},
    {kInverted, 2, 5, 2, 6, 40},
    {kInverted, 3, 3, 2, 6, 80},
    {kInverted, 3, 5, 1, 6, 112},
    {kInverted, 4, 5, 2, 6, 192},
    {kInverted, 1, 3, 1, 6, 320},
}};
constexpr std::array kEfficientNetFeatures{2, 4, 6};

// What a family of backbones shares.
struct Family {
  std::span<const BaseStage> stages;
  std::span<const int> feature_stages;
  Activation activation;
  double squeeze_ratio;
  bool fixed_ends;  // stem channels and the repeats of the first and last stage are not scaled
};
constexpr Family kEfficientNet{kEfficientNetStages, kEfficientNetFeatures, Activation::silu, 0.25,
                               false};
constexpr Family kEfficientNetLite{kEfficientNetStages, kEfficientNetFeatures, Activation::relu6, 0,
                                   true};

struct Row {
  std::string_view name;  // without the "tf_" of the ported twin
  const Family* family;
  double width, depth;
};
constexpr std::array<Row, 13> kRows{{
    {"efficientnet_b0", &kEfficientNet, 1.0, 1.0},
    {"efficientnet_b1", &kEfficientNet, 1.0, 1.1},
    {"efficientnet_b2", &kEfficientNet, 1.1, 1.2},
    {"efficientnet_b3", &kEfficientNet, 1.2, 1.4},
    {"efficientnet_b4", &kEfficientNet, 1.4, 1.8},
    {"efficientnet_b5", &kEfficientNet, 1.6, 2.2},
    {"efficientnet_b6", &kEfficientNet, 1.8, 2.6},
    {"efficientnet_b7", &kEfficientNet, 2.0, 3.1},
    {"efficientnet_lite0", &kEfficientNetLite, 1.0, 1.0},
    {"efficientnet_lite1", &kEfficientNetLite, 1.0, 1.1},
    {"efficientnet_lite2", &kEfficientNetLite, 1.1, 1.2},
    {"efficientnet_lite3", &kEfficientNetLite, 1.2, 1.4},
    {"efficientnet_lite4", &kEfficientNetLite, 1.4, 1.8},
}};

// The nearest multiple of 8, but never less than nine tenths of the exact width.
std::int64_t scaled_channels(std::int64_t base, double width) {
  const double exact = static_cast<double>(base) * width;
  const std::int64_t nearest =
      std::max<std::int64_t>(8, static_cast<std::int64_t>(exact + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * exact ? nearest + 8 : nearest;
}

int scaled_repeats(const Row& row, std::size_t stage) {
  const auto& stages = row.family->stages;
  const bool end = stage == 0 || stage + 1 == stages.size();
  if (row.family->fixed_ends && end) return stages[stage].repeats;
  return static_cast<int>(std::ceil(stages[stage].repeats * row.depth));
}

std::vector<StageSpec> scaled_stages(const Row& row) {
  std::vector<StageSpec> stages;
  for (std::size_t i = 0; i < row.family->stages.size(); ++i) {
    const BaseStage& base = row.family->stages[i];
    stages.push_back({.block = base.block,
                      .repeats = scaled_repeats(row, i),
                      .kernel = base.kernel,
                      .stride = base.stride,
                      .expansion = base.expansion,
                      .channels = scaled_channels(base.channels, row.width),
                      .squeeze_ratio = row.family->squeeze_ratio});
  }
  return stages;
}

BackboneConfig backbone_of(const Row& row, std::string_view name, bool ported) {
  const Family& family = *row.family;
  return {.name = std::string(name),
          .stem_channels =
              family.fixed_ends ? kStemChannels : scaled_channels(kStemChannels, row.width),
          .stages = scaled_stages(row),
          .feature_stages = {family.feature_stages.begin(), family.feature_stages.end()},
          .activation = family.activation,
          .padding = ported ? PaddingStyle::same : PaddingStyle::symmetric,
          .batch_norm_eps = ported ? 1e-3 : 1e-5};
}

}  // namespace

std::optional<BackboneConfig> find_backbone(std::string_view name) {
  constexpr std::string_view kPorted = "tf_";
  const bool ported = name.starts_with(kPorted);
  const std::string_view plain = ported ? name.substr(kPorted.size()) : name;
  const auto row = std::ranges::find(kRows, plain, &Row::name);
  if (row == kRows.end()) return std::nullopt;
  return backbone_of(*row, name, ported);
}

}  // namespace effgate
