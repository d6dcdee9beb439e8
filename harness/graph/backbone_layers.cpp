#include "harness/graph/backbone_layers.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "harness/graph/channels.h"

namespace effgate {
namespace {

// Part `index` of `channels` split evenly among `parts`; the first takes what is left over.
std::int64_t split_channels(std::int64_t channels, std::int64_t parts, std::int64_t index) {
  return channels / parts + (index == 0 ? channels % parts : 0);
}

}  // namespace

ValueId BackboneLayers::conv(const std::string& path, ConvSpec spec, ValueId x) {
  spec.in_channels = builder_.channels(x);
  spec.padding = config_.padding;
  return builder_.call(builder_.declare_conv(path, spec), x);
}

ValueId BackboneLayers::conv(const std::string& path, ConvSpec spec, const Kernels& kernels,
                             ValueId x) {
  const auto parts = std::ranges::find(kernels, 0) - kernels.begin();
  if (parts == 1) {
    spec.kernel = kernels.front();
    return conv(path, spec, x);
  }
  const std::int64_t channels = builder_.channels(x);
  const bool depthwise = spec.groups == channels;
  std::vector<ValueId> inputs;
  for (std::int64_t i = 0, start = 0; i < parts; ++i) {
    const std::int64_t length = split_channels(channels, parts, i);
    inputs.push_back(builder_.narrow(x, std::exchange(start, start + length), length));
  }
  std::vector<ValueId> outputs;
  for (std::int64_t i = 0; i < parts; ++i) {
    const ValueId input = inputs[static_cast<std::size_t>(i)];
    ConvSpec part = spec;
    part.out_channels = split_channels(spec.out_channels, parts, i);
    part.kernel = kernels[static_cast<std::size_t>(i)];
    part.groups = depthwise ? builder_.channels(input) : spec.groups;
    outputs.push_back(conv(path + '.' + std::to_string(i), part, input));
  }
  const ValueId joined = builder_.concatenate(std::move(outputs));
  builder_.tap(path, joined);
  return joined;
}

ValueId BackboneLayers::norm(const std::string& path, std::optional<Activation> activation,
                             ValueId x) {
  const BatchNorm norm =
      builder_.declare_batch_norm(path, builder_.channels(x), config_.batch_norm_eps);
  return activation ? builder_.call(norm, *activation, x) : builder_.call(norm, x);
}

ValueId BackboneLayers::conv_norm(const std::string& path, const ConvSpec& spec,
                                  std::optional<Activation> activation, ValueId x) {
  x = norm(path + ".bn", activation, conv(path + ".conv", spec, x));
  builder_.tap(path, x);
  return x;
}

ValueId BackboneLayers::squeeze(const std::string& path, const BlockRun& run,
                                std::int64_t block_channels, ValueId x) {
  if (run.squeeze_ratio == 0) return x;
  const std::int64_t channels = builder_.channels(x);
  const std::vector<std::int64_t> cell{builder_.shape(x)[0], channels, 1, 1};
  const std::int64_t reduced = reduced_channels(run, block_channels, channels);
  ValueId gate = builder_.emit({.kind = OpKind::mean_hw, .inputs = {x}}, cell);
  gate = conv(path + ".conv_reduce", {.out_channels = reduced, .bias = true}, gate);
  gate = builder_.activate(config_.squeeze.activation.value_or(activation(run)), gate);
  builder_.tap(path + ".act1", gate);
  gate = conv(path + ".conv_expand", {.out_channels = channels, .bias = true}, gate);
  const bool hard = config_.squeeze.gate == Gate::hard_sigmoid;
  gate = builder_.emit({.kind = hard ? OpKind::hard_sigmoid : OpKind::sigmoid, .inputs = {gate}},
                       cell);
  builder_.tap(path + ".gate", gate);
  const ValueId gated =
      builder_.emit({.kind = OpKind::mul, .inputs = {x, gate}}, builder_.shape(x));
  builder_.tap(path, gated);
  return gated;
}

std::int64_t BackboneLayers::reduced_channels(const BlockRun& run, std::int64_t block_channels,
                                              std::int64_t squeezed_channels) const {
  if (config_.squeeze.of_squeezed_channels) {
    return round_channels(static_cast<double>(squeezed_channels) * run.squeeze_ratio);
  }
  return static_cast<std::int64_t>(
      std::nearbyint(static_cast<double>(block_channels) * run.squeeze_ratio));
}

}  // namespace effgate
