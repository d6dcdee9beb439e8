#include "harness/graph/backbone.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace effgate {
namespace {

constexpr std::string_view kPrefix = "backbone.";

// One block of a stage, with what its neighbours decide.
struct BlockSpec {
  std::string path;
  std::int64_t in_channels;
  std::int64_t out_channels;
  int kernel;
  int stride;
  double expansion;
  double squeeze_ratio;
};

class BackboneWalk {
 public:
  BackboneWalk(NetworkBuilder& builder, const BackboneConfig& config)
      : builder_(builder), config_(config) {}

  ValueId stem() {
    const Conv conv = builder_.declare_conv(std::string(kPrefix) + "conv_stem",
                                            {.in_channels = 3,
                                             .out_channels = config_.stem_channels,
                                             .kernel = 3,
                                             .stride = 2,
                                             .padding = config_.padding});
    const BatchNorm norm = batch_norm(std::string(kPrefix) + "bn1", config_.stem_channels);
    return builder_.call(norm, config_.activation, builder_.call(conv, 0));
  }

  ValueId stage(std::size_t index, ValueId x) {
    const StageSpec& stage = config_.stages[index];
    const std::string path = std::string(kPrefix) + "blocks." + std::to_string(index);
    for (int i = 0; i < stage.repeats; ++i) {
      const BlockSpec block{.path = path + '.' + std::to_string(i),
                            .in_channels = builder_.channels(x),
                            .out_channels = stage.channels,
                            .kernel = stage.kernel,
                            .stride = i == 0 ? stage.stride : 1,
                            .expansion = stage.expansion,
                            .squeeze_ratio = stage.squeeze_ratio};
      x = this->block(stage.block, block, x);
      builder_.tap(block.path, x);
    }
    builder_.tap(path, x);
    return x;
  }

 private:
  ValueId block(BlockKind kind, const BlockSpec& spec, ValueId x) {
    ValueId y = x;
    switch (kind) {
      case BlockKind::depthwise_separable: y = depthwise_separable(spec, x); break;
      case BlockKind::inverted_residual: y = inverted_residual(spec, x); break;
    }
    const bool skips = spec.stride == 1 && spec.in_channels == spec.out_channels;
    if (!skips) return y;
    return builder_.emit(
        {
            .kind = OpKind::add,
            .inputs = {y, x},
        },
        builder_.shape(y));
  }

  ValueId depthwise_separable(const BlockSpec& spec, ValueId x) {
    x = depthwise(spec, spec.in_channels, "bn1", x);
    x = squeeze(spec, x);
    return pointwise(spec, "conv_pw", "bn2", spec.out_channels, x);
  }

  ValueId inverted_residual(const BlockSpec& spec, ValueId x) {
    const auto middle =
        static_cast<std::int64_t>(static_cast<double>(spec.in_channels) * spec.expansion);
    const Conv expand = conv(spec, "conv_pw", {.out_channels = middle}, x);
    const BatchNorm norm = batch_norm(spec.path + ".bn1", middle);
    x = builder_.call(norm, config_.activation, builder_.call(expand, x));
    x = depthwise(spec, middle, "bn2", x);
    x = squeeze(spec, x);
    return pointwise(spec, "conv_pwl", "bn3", spec.out_channels, x);
  }

  ValueId depthwise(const BlockSpec& spec, std::int64_t channels, std::string_view norm_name,
                    ValueId x) {
    const Conv conv = this->conv(spec, "conv_dw",
                                 {.out_channels = channels,
                                  .kernel = spec.kernel,
                                  .stride = spec.stride,
                                  .groups = channels},
                                 x);
    const BatchNorm norm = batch_norm(spec.path + '.' + std::string(norm_name), channels);
    return builder_.call(norm, config_.activation, builder_.call(conv, x));
  }

  // The projection at a block's end: no activation after its batch norm.
  ValueId pointwise(const BlockSpec& spec, std::string_view conv_name, std::string_view norm_name,
                    std::int64_t channels, ValueId x) {
    const Conv conv = this->conv(spec, conv_name, {.out_channels = channels}, x);
    const BatchNorm norm = batch_norm(spec.path + '.' + std::string(norm_name), channels);
    return builder_.call(norm, builder_.call(conv, x));
  }

  // Squeeze and excitation. The reduced width follows the block's input, not the expanded width.
  ValueId squeeze(const BlockSpec& spec, ValueId x) {
    if (spec.squeeze_ratio == 0) return x;
    const std::int64_t channels = builder_.channels(x);
    const auto reduced = static_cast<std::int64_t>(
        std::nearbyint(static_cast<double>(spec.in_channels) * spec.squeeze_ratio));
    const std::string path = spec.path + ".se";
    const Conv reduce = builder_.declare_conv(
        path + ".conv_reduce", {.in_channels = channels, .out_channels = reduced, .bias = true});
    const Conv expand = builder_.declare_conv(
        path + ".conv_expand", {.in_channels = reduced, .out_channels = channels, .bias = true});
    ValueId gate = mean(x);
    gate = builder_.activate(config_.activation, builder_.call(reduce, gate));
    builder_.tap(path + ".act1", gate);
    gate = builder_.call(expand, gate);
    gate = builder_.emit(
        {
            .kind = OpKind::sigmoid,
            .inputs = {gate},
        },
        builder_.shape(gate));
    builder_.tap(path + ".gate", gate);
    const ValueId gated = builder_.emit(
        {
            .kind = OpKind::mul,
            .inputs = {x, gate},
        },
        builder_.shape(x));
    builder_.tap(path, gated);
    return gated;
  }

  ValueId mean(ValueId x) {
    return builder_.emit(
        {
            .kind = OpKind::mean_hw,
            .inputs = {x},
        },
        {builder_.shape(x)[0], builder_.channels(x), 1, 1});
  }

  // A convolution of the block on `x`, in the backbone's padding style.
  Conv conv(const BlockSpec& block, std::string_view name, ConvSpec spec, ValueId x) {
    spec.in_channels = builder_.channels(x);
    spec.padding = config_.padding;
    return builder_.declare_conv(block.path + '.' + std::string(name), spec);
  }

  BatchNorm batch_norm(std::string path, std::int64_t channels) {
    return builder_.declare_batch_norm(std::move(path), channels, config_.batch_norm_eps);
  }

  NetworkBuilder& builder_;
  const BackboneConfig& config_;
};

}  // namespace

std::vector<ValueId> build_backbone(NetworkBuilder& builder, const BackboneConfig& config) {
  BackboneWalk walk(builder, config);
  std::vector<ValueId> features;
  ValueId x = walk.stem();
  for (std::size_t i = 0; i < config.stages.size(); ++i) {
    x = walk.stage(i, x);
    if (std::ranges::count(config.feature_stages, static_cast<int>(i))) features.push_back(x);
  }
  return features;
}

}  // namespace effgate
