#include "harness/graph/head.h"

#include <utility>

namespace effgate {
namespace {

// The convolutions are shared by all levels, the batch norms are not.
struct Head {
  std::string path;
  std::vector<FeatureConv> repeats;
  std::vector<std::vector<BatchNorm>> norms;  // [repeat][level]
  FeatureConv predict;
};

FeatureConv declare_conv(NetworkBuilder& builder, const ModelConfig& config, std::string path,
                         std::int64_t out_channels, bool bias) {
  return builder.declare_feature_conv(std::move(path), {.in_channels = config.fpn_channels,
                                                        .out_channels = out_channels,
                                                        .bias = bias,
                                                        .separable = config.separable_convs,
                                                        .padding = config.padding});
}

std::vector<std::vector<BatchNorm>> declare_norms(NetworkBuilder& builder,
                                                  const ModelConfig& config,
                                                  const std::string& path) {
  const auto repeats = static_cast<std::size_t>(config.head_repeats);
  const auto levels = static_cast<std::size_t>(config.num_levels());
  std::vector<std::vector<BatchNorm>> norms(repeats, std::vector<BatchNorm>(levels));
  const bool level_first = config.head_bn_level_first;
  for (std::size_t outer = 0; outer < (level_first ? levels : repeats); ++outer) {
    for (std::size_t inner = 0; inner < (level_first ? repeats : levels); ++inner) {
      const auto [repeat, level] = level_first ? std::pair(inner, outer) : std::pair(outer, inner);
      std::string name = path + ".bn_rep." + std::to_string(outer) + '.' + std::to_string(inner);
      if (!level_first) name += ".bn";
      norms[repeat][level] =
          builder.declare_batch_norm(std::move(name), config.fpn_channels, config.batch_norm_eps);
    }
  }
  return norms;
}

Head declare_head(NetworkBuilder& builder, const ModelConfig& config, const std::string& path,
                  std::int64_t out_channels) {
  Head head{.path = path, .repeats = {}, .norms = {}, .predict = {}};
  for (int i = 0; i < config.head_repeats; ++i) {
    head.repeats.push_back(declare_conv(builder, config, path + ".conv_rep." + std::to_string(i),
                                        config.fpn_channels, config.redundant_bias));
  }
  head.norms = declare_norms(builder, config, path);
  head.predict = declare_conv(builder, config, path + ".predict", out_channels, true);
  return head;
}

ValueId call_on_level(NetworkBuilder& builder, const ModelConfig& config, const Head& head,
                      std::size_t index, ValueId x) {
  const std::string level = '/' + std::to_string(config.min_level + static_cast<int>(index));
  for (std::size_t i = 0; i < head.repeats.size(); ++i) {
    x = builder.call(head.repeats[i], x, level);
    builder.tap(head.repeats[i].path + level, x);
    x = builder.call(head.norms[i][index], x);
    if (!config.head_bn_level_first) {
      builder.tap(head.path + ".bn_rep." + std::to_string(i) + '.' + std::to_string(index), x);
    }
    x = builder.activate(config.head_activation, x);
    builder.tap(head.path + ".act" + level + '/' + std::to_string(i), x);
  }
  x = builder.call(head.predict, x, level);
  builder.tap(head.predict.path + level, x);
  return x;
}

}  // namespace

std::vector<ValueId> build_head(NetworkBuilder& builder, const ModelConfig& config,
                                const std::string& path, std::int64_t outputs_per_anchor,
                                const std::vector<ValueId>& features) {
  const Head head =
      declare_head(builder, config, path, outputs_per_anchor * config.anchors_per_cell());
  std::vector<ValueId> outputs;
  for (std::size_t level = 0; level < features.size(); ++level) {
    outputs.push_back(call_on_level(builder, config, head, level, features[level]));
  }
  return outputs;
}

}  // namespace effgate
