#include "harness/graph/backbone_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "harness/graph/backbone_families.h"
#include "harness/graph/channels.h"

namespace effgate {
namespace {

struct Row {
  std::string_view name;  // without the "tf_" of the ported twin
  const BackboneFamily* family;
  double width = 1.0;
  double depth = 1.0;  // only of families whose stages have one run each
};
constexpr auto kRows = std::to_array<Row>({
    {"efficientnet_b0", &kEfficientNet},
    {"efficientnet_b1", &kEfficientNet, 1.0, 1.1},
    {"efficientnet_b2", &kEfficientNet, 1.1, 1.2},
    {"efficientnet_b3", &kEfficientNet, 1.2, 1.4},
    {"efficientnet_b4", &kEfficientNet, 1.4, 1.8},
    {"efficientnet_b5", &kEfficientNet, 1.6, 2.2},
    {"efficientnet_b6", &kEfficientNet, 1.8, 2.6},
    {"efficientnet_b7", &kEfficientNet, 2.0, 3.1},
    {"efficientnet_lite0", &kEfficientNetLite},
    {"efficientnet_lite1", &kEfficientNetLite, 1.0, 1.1},
    {"efficientnet_lite2", &kEfficientNetLite, 1.1, 1.2},
    {"efficientnet_lite3", &kEfficientNetLite, 1.2, 1.4},
    {"efficientnet_lite4", &kEfficientNetLite, 1.4, 1.8},
    {"efficientnet_es", &kEfficientNetEdge},
    {"efficientnet_em", &kEfficientNetEdge, 1.0, 1.1},
    {"efficientnetv2_rw_t", &kEfficientNetV2, 0.8, 0.9},
    {"efficientnetv2_rw_s", &kEfficientNetV2Rw},
    {"mixnet_m", &kMixNet},
    {"mixnet_l", &kMixNet, 1.3},
    {"mobilenetv2_110d", &kMobileNetV2, 1.1, 1.2},
    {"mobilenetv2_120d", &kMobileNetV2, 1.2, 1.4},
    {"mobilenetv3_large_100", &kMobileNetV3},
    {"resnet50", &kResNet50},
    {"cspresnet50", &kCspResNet50},
    {"cspresnext50", &kCspResNext50},
    {"cspdarknet53", &kCspDarkNet53},
});

std::int64_t scaled_channels(std::int64_t base, const Row& row) {
  return round_channels(static_cast<double>(base) * row.width);
}

StemSpec scaled_stem(const Row& row) {
  StemSpec stem = row.family->stem;
  if (!row.family->fixed_ends) stem.channels = scaled_channels(stem.channels, row);
  return stem;
}

BlockRun scaled_run(const Row& row, const BlockRun& base, bool end_stage) {
  const BackboneFamily& family = *row.family;
  BlockRun run = base;
  run.channels = scaled_channels(base.channels, row);
  if (!family.has_squeeze) run.squeeze_ratio = 0;
  if (!family.fixed_ends || !end_stage) {
    run.repeats = static_cast<int>(std::ceil(base.repeats * row.depth));
  }
  return run;
}

std::vector<StageSpec> scaled_stages(const Row& row) {
  const BackboneFamily& family = *row.family;
  std::vector<StageSpec> stages;
  for (std::size_t i = 0; i < family.stages.size(); ++i) {
    const BaseStage& base = family.stages[i];
    const int number = family.first_stage_number + static_cast<int>(i);
    StageSpec stage{.path = std::string(family.stage_path) + std::to_string(number),
                    .cross = base.cross};
    const bool end_stage = i == 0 || i + 1 == family.stages.size();
    for (const BlockRun& run : base.runs) {
      if (run.repeats > 0) stage.runs.push_back(scaled_run(row, run, end_stage));
    }
    stages.push_back(std::move(stage));
  }
  return stages;
}

BackboneConfig backbone_of(const Row& row, std::string_view name, bool ported) {
  const BackboneFamily& family = *row.family;
  return {.name = std::string(name),
          .stem = scaled_stem(row),
          .stages = scaled_stages(row),
          .feature_stages = {family.feature_stages.begin(), family.feature_stages.end()},
          .activation = family.activation,
          .squeeze = family.squeeze,
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
