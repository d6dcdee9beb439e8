#include "harness/graph/fpn.h"

#include <string>
#include <utility>

#include "harness/graph/fpn_nodes.h"

namespace effgate {
namespace {

constexpr double kFastAttnEpsilon = 1e-4;

class FpnWalk {
 public:
  FpnWalk(NetworkBuilder& builder, const ModelConfig& config)
      : builder_(builder),
        config_(config),
        nodes_(fpn_nodes(config.fpn_wiring, config.min_level, config.max_level)) {}

  // Appends the levels that the backbone does not give, each from the one before it.
  void add_coarse_levels(std::vector<ValueId>& features) {
    for (int i = static_cast<int>(features.size()); i < config_.num_levels(); ++i) {
      const std::string path = "fpn.resample." + std::to_string(i);
      features.push_back(resample(path, features.back(), config_.min_level + i));
    }
  }

  std::vector<ValueId> cell(int index, std::vector<ValueId> features) {
    const std::string path = "fpn.cell." + std::to_string(index) + ".fnode.";
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      features.push_back(node(path + std::to_string(n), nodes_[n], features));
    }
    return {features.end() - config_.num_levels(), features.end()};
  }

 private:
  ValueId node(const std::string& path, const FpnNode& node, std::span<const ValueId> features) {
    const ValueId combined = combine(path + ".combine", node, features);
    const ValueId activated = builder_.activate(config_.activation, combined);
    builder_.tap(path + ".after_combine.act", activated);
    const std::string conv_path = path + ".after_combine.conv";
    const FeatureConv conv =
        builder_.declare_feature_conv(conv_path, {.in_channels = config_.fpn_channels,
                                                  .out_channels = config_.fpn_channels,
                                                  .bias = config_.redundant_bias,
                                                  .separable = config_.separable_convs,
                                                  .padding = config_.padding});
    const BatchNorm norm = batch_norm(conv_path + ".bn");
    const ValueId result = builder_.call(norm, builder_.call(conv, activated));
    for (const std::string& name : {conv_path, path + ".after_combine", path}) {
      builder_.tap(name, result);
    }
    return result;
  }

  ValueId combine(const std::string& path, const FpnNode& node, std::span<const ValueId> features) {
    std::vector<int> offsets;
    for (const int offset : node.inputs) {
      if (offset != kNoInput) offsets.push_back(offset);
    }
    const std::optional<ParamId> weights = edge_weights(path, offsets.size());
    std::vector<ValueId> inputs;
    for (const int offset : offsets) {
      inputs.push_back(resample(path + ".resample." + std::to_string(offset),
                                features[static_cast<std::size_t>(offset)], node.level));
    }
    const ValueId result = fuse(weights, std::move(inputs));
    builder_.tap(path, result);
    return result;
  }

  std::optional<ParamId> edge_weights(const std::string& path, std::size_t count) {
    if (config_.fusion_weighting == FusionWeighting::sum) return std::nullopt;
    return builder_.declare(path + ".edge_weights", {static_cast<std::int64_t>(count)});
  }

  ValueId fuse(std::optional<ParamId> weights, std::vector<ValueId> inputs) {
    switch (config_.fusion_weighting) {
      case FusionWeighting::sum: return add_up(inputs);
      case FusionWeighting::attn: return sum_last(weigh_by_softmax(*weights, inputs));
      case FusionWeighting::fastattn: break;
    }
    const bool shares = config_.fusion_order == FusionOrder::divide_weights;
    return add_up(shares ? weigh_by_share(*weights, std::move(inputs))
                         : weigh_then_divide(*weights, std::move(inputs)));
  }

  ValueId add_up(const std::vector<ValueId>& inputs) {
    if (config_.fusion_order == FusionOrder::divide_inputs) return sum_last(stack_last(inputs));
    ValueId sum = inputs.front();
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      sum = builder_.emit({.kind = OpKind::add, .inputs = {sum, inputs[i]}}, builder_.shape(sum));
    }
    return sum;
  }

  // Each input times its weight, over the sum of all; the sum's epsilon is added for every input
  // anew, as effdet does.
  std::vector<ValueId> weigh_then_divide(ParamId weights, std::vector<ValueId> inputs) {
    const ValueId positive = relu_of(weights, inputs.size());
    const ValueId total = builder_.emit({.kind = OpKind::sum_all, .inputs = {positive}}, {});
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::vector<std::int64_t> shape = builder_.shape(inputs[i]);
      const ValueId weighed = weigh(inputs[i], positive, i);
      const ValueId divisor = plus_epsilon(total);
      inputs[i] = builder_.emit({.kind = OpKind::div, .inputs = {weighed, divisor}}, shape);
    }
    return inputs;
  }

  // Each input times its share of the weights, as zylo and mmdetection do.
  std::vector<ValueId> weigh_by_share(ParamId weights, std::vector<ValueId> inputs) {
    const ValueId positive = relu_of(weights, inputs.size());
    const ValueId total = builder_.emit({.kind = OpKind::sum_all, .inputs = {positive}}, {});
    const ValueId divisor = plus_epsilon(total);
    const ValueId shares = builder_.emit({.kind = OpKind::div, .inputs = {positive, divisor}},
                                         builder_.shape(positive));
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = weigh(inputs[i], shares, i);
    return inputs;
  }

  ValueId relu_of(ParamId weights, std::size_t count) {
    return builder_.emit({.kind = OpKind::relu, .inputs = {}, .params = {weights}},
                         {static_cast<std::int64_t>(count)});
  }

  ValueId plus_epsilon(ValueId total) {
    return builder_.emit(
        {.kind = OpKind::add_scalar, .inputs = {total}, .scalar = kFastAttnEpsilon}, {});
  }

  // An input times the i-th of `weights`.
  ValueId weigh(ValueId input, ValueId weights, std::size_t i) {
    const ValueId weight = builder_.emit(
        {.kind = OpKind::select, .inputs = {weights}, .extent = {static_cast<std::int64_t>(i)}},
        {});
    return builder_.emit({.kind = OpKind::mul, .inputs = {input, weight}}, builder_.shape(input));
  }

  ValueId weigh_by_softmax(ParamId weights, const std::vector<ValueId>& inputs) {
    const ValueId shares =
        builder_.emit({.kind = OpKind::softmax0, .inputs = {}, .params = {weights}},
                      {static_cast<std::int64_t>(inputs.size())});
    const ValueId stacked = stack_last(inputs);
    return builder_.emit(
        {
            .kind = OpKind::mul_last,
            .inputs = {stacked, shares},
        },
        builder_.shape(stacked));
  }

  ValueId stack_last(const std::vector<ValueId>& inputs) {
    std::vector<std::int64_t> shape = builder_.shape(inputs.front());
    shape.push_back(static_cast<std::int64_t>(inputs.size()));
    return builder_.emit(
        {
            .kind = OpKind::stack_last,
            .inputs = inputs,
        },
        std::move(shape));
  }

  ValueId sum_last(ValueId stacked) {
    std::vector<std::int64_t> shape = builder_.shape(stacked);
    shape.pop_back();
    return builder_.emit(
        {
            .kind = OpKind::sum_last,
            .inputs = {stacked},
        },
        std::move(shape));
  }

  // To the pyramid's channels where they differ, then to the level's size where that differs.
  ValueId resample(const std::string& path, ValueId x, int level) {
    const ValueId projected = project(path + ".conv", x);
    const ValueId resized = resize(path, projected, level);
    if (resized != x) builder_.tap(path, resized);
    return resized;
  }

  ValueId project(const std::string& path, ValueId x) {
    const std::int64_t channels = builder_.channels(x);
    if (channels == config_.fpn_channels) return x;
    const Conv conv = builder_.declare_conv(path + ".conv", {.in_channels = channels,
                                                             .out_channels = config_.fpn_channels,
                                                             .bias = config_.redundant_bias,
                                                             .padding = config_.padding});
    const BatchNorm norm = batch_norm(path + ".bn");
    const ValueId y = builder_.call(norm, builder_.call(conv, x));
    builder_.tap(path, y);
    return y;
  }

  ValueId resize(const std::string& path, ValueId x, int level) {
    const MapSize from{builder_.shape(x)[2], builder_.shape(x)[3]};
    const MapSize to = level_size({builder_.shape(0)[2], builder_.shape(0)[3]}, level);
    ValueId y = x;
    if (from[0] > to[0] && from[1] > to[1]) {
      y = shrink(x, from, to);
      builder_.tap(path + ".downsample", y);
    } else if (from[0] < to[0] || from[1] < to[1]) {
      y = interpolate(config_.upsampling, x, to);
      builder_.tap(path + ".upsample", y);
    }
    return y;
  }

  ValueId shrink(ValueId x, MapSize from, MapSize to) {
    if (config_.downsampling != Resampling::max_pool) {
      return interpolate(config_.downsampling, x, to);
    }
    const MapSize stride{(from[0] - 1) / to[0] + 1, (from[1] - 1) / to[1] + 1};
    return builder_.max_pool(x, {stride[0] + 1, stride[1] + 1}, stride, config_.padding,
                             config_.pool_padding);
  }

  ValueId interpolate(Resampling method, ValueId x, MapSize to) {
    const OpKind kind =
        method == Resampling::bilinear ? OpKind::upsample_bilinear2d : OpKind::upsample_nearest2d;
    return builder_.emit({.kind = kind, .inputs = {x}, .extent = {to[0], to[1]}},
                         {builder_.shape(x)[0], builder_.channels(x), to[0], to[1]});
  }

  BatchNorm batch_norm(std::string path) {
    return builder_.declare_batch_norm(std::move(path), config_.fpn_channels,
                                       config_.batch_norm_eps);
  }

  NetworkBuilder& builder_;
  const ModelConfig& config_;
  std::span<const FpnNode> nodes_;
};

}  // namespace

MapSize level_size(MapSize image, int level) {
  for (int i = 0; i < level; ++i) image = {(image[0] + 1) / 2, (image[1] + 1) / 2};
  return image;
}

std::vector<ValueId> build_fpn(NetworkBuilder& builder, const ModelConfig& config,
                               std::vector<ValueId> features) {
  FpnWalk walk(builder, config);
  walk.add_coarse_levels(features);
  for (int i = 0; i < config.fpn_cells; ++i) {
    features = walk.cell(i, std::move(features));
  }
  return features;
}

}  // namespace effgate
