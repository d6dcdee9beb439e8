#include "harness/graph/backbone.h"

#include <algorithm>
#include <string>

#include "harness/graph/backbone_layers.h"
#include "harness/graph/block.h"

namespace effgate {
namespace {

constexpr std::string_view kPrefix = "backbone.";
constexpr ValueId kImage = 0;

class BackboneWalk {
 public:
  BackboneWalk(NetworkBuilder& builder, const BackboneConfig& config)
      : builder_(builder), config_(config), layers_(builder, config) {}

  ValueId stem() {
    const ValueId x = stem_convolution();
    if (config_.stem.pool.empty()) return x;
    const ValueId pooled = builder_.max_pool(x, {3, 3}, {2, 2}, config_.padding);
    builder_.tap(path(config_.stem.pool), pooled);
    return pooled;
  }

  BlockValues stage(const StageSpec& stage, ValueId x) {
    const std::string path = this->path(stage.path);
    const BlockValues values =
        stage.cross ? cross_stage(path, stage, x) : blocks(path, stage.runs, x);
    builder_.tap(path, values.result);
    return values;
  }

 private:
  static std::string path(std::string_view name) {
    return std::string(kPrefix) + std::string(name);
  }

  ValueId stem_convolution() {
    const StemSpec& stem = config_.stem;
    const ConvSpec spec{
        .out_channels = stem.channels, .kernel = stem.kernel, .stride = stem.stride};
    if (stem.norm.empty()) {
      return layers_.conv_norm(path(stem.conv), spec, config_.activation, kImage);
    }
    const ValueId x = layers_.conv(path(stem.conv), spec, kImage);
    if (stem.activation.empty()) return layers_.norm(path(stem.norm), config_.activation, x);
    const ValueId normed = layers_.norm(path(stem.norm), std::nullopt, x);
    const ValueId activated = builder_.activate(config_.activation, normed);
    builder_.tap(path(stem.activation), activated);
    return activated;
  }

  BlockValues blocks(const std::string& path, const std::vector<BlockRun>& runs, ValueId x) {
    BlockValues values{x, x};
    int number = 0;
    for (const BlockRun& run : runs) {
      for (int i = 0; i < run.repeats; ++i) {
        const Block block{.path = path + '.' + std::to_string(number++),
                          .run = run,
                          .stride = i == 0 ? run.stride : 1};
        values = build_block(layers_, block, values.result);
        builder_.tap(block.path, values.result);
      }
    }
    return values;
  }

  BlockValues cross_stage(const std::string& path, const StageSpec& stage, ValueId x) {
    const CrossStage& cross = *stage.cross;
    const Activation activation = config_.activation;
    const ValueId widened = widen(path, cross, x);
    const std::int64_t half = cross.widened_channels / 2;
    const ValueId kept = builder_.narrow(widened, 0, half);
    const ValueId split = builder_.narrow(widened, half, half);
    const ValueId changed = blocks(path + ".blocks", stage.runs, split).result;
    builder_.tap(path + ".blocks", changed);
    const ValueId returned =
        layers_.conv_norm(path + ".conv_transition_b", {.out_channels = half}, activation, changed);
    const ValueId joined = builder_.concatenate({kept, returned});
    const ValueId result = layers_.conv_norm(path + ".conv_transition",
                                             {.out_channels = cross.channels}, activation, joined);
    return {result, joined};
  }

  ValueId widen(const std::string& path, const CrossStage& cross, ValueId x) {
    if (cross.stride != 1) {
      const ConvSpec down{.out_channels = cross.down_channels,
                          .kernel = 3,
                          .stride = cross.stride,
                          .groups = cross.groups};
      x = layers_.conv_norm(path + ".conv_down", down, config_.activation, x);
    }
    const std::optional<Activation> activation =
        cross.linear_expansion ? std::nullopt : std::optional(config_.activation);
    return layers_.conv_norm(path + ".conv_exp", {.out_channels = cross.widened_channels},
                             activation, x);
  }

  NetworkBuilder& builder_;
  const BackboneConfig& config_;
  BackboneLayers layers_;
};

}  // namespace

std::vector<ValueId> build_backbone(NetworkBuilder& builder, const BackboneConfig& config) {
  BackboneWalk walk(builder, config);
  std::vector<ValueId> features;
  ValueId x = walk.stem();
  for (std::size_t i = 0; i < config.stages.size(); ++i) {
    const BlockValues values = walk.stage(config.stages[i], x);
    x = values.result;
    if (std::ranges::count(config.feature_stages, static_cast<int>(i)) == 0) continue;
    features.push_back(config.features_before_projection ? values.before_projection : x);
  }
  return features;
}

}  // namespace effgate
