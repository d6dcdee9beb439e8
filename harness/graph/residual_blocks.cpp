#include "harness/graph/residual_blocks.h"

#include <cmath>

namespace effgate {
namespace {

std::int64_t middle_channels(const BlockRun& run) {
  return static_cast<std::int64_t>(
      std::nearbyint(static_cast<double>(run.channels) * run.expansion));
}

// The convolution in the middle of a block.
ConvSpec spatial(const Block& block, std::int64_t channels) {
  return {.out_channels = channels,
          .kernel = block.run.kernels.front(),
          .stride = block.stride,
          .groups = block.run.groups};
}

// convN, bnN and the module actN: the batch norm does not end with the activation.
ValueId numbered(BackboneLayers& layers, const Block& block, char number, const ConvSpec& spec,
                 ValueId x) {
  const std::string path = block.path + '.';
  x = layers.conv(path + "conv" + number, spec, x);
  x = layers.norm(path + "bn" + number, std::nullopt, x);
  if (number == '3') return x;  // its activation follows the sum
  x = layers.builder().activate(layers.activation(block.run), x);
  layers.builder().tap(path + "act" + number, x);
  return x;
}

// The input, brought to the channels and size of the block's result.
ValueId shortcut(BackboneLayers& layers, const Block& block, ValueId x) {
  const bool fits = block.stride == 1 && layers.builder().channels(x) == block.run.channels;
  if (fits) return x;
  const std::string path = block.path + ".downsample";
  x = layers.conv(path + ".0", {.out_channels = block.run.channels, .stride = block.stride}, x);
  x = layers.norm(path + ".1", std::nullopt, x);
  layers.builder().tap(path, x);
  return x;
}

}  // namespace

BlockValues build_bottleneck(BackboneLayers& layers, const Block& block, ValueId x) {
  NetworkBuilder& builder = layers.builder();
  const std::int64_t middle = middle_channels(block.run);
  ValueId y = numbered(layers, block, '1', {.out_channels = middle}, x);
  y = numbered(layers, block, '2', spatial(block, middle), y);
  const ValueId before_projection = y;
  y = numbered(layers, block, '3', {.out_channels = block.run.channels}, y);
  y = builder.add_in_place(y, shortcut(layers, block, x));
  y = builder.activate(layers.activation(block.run), y);
  builder.tap(block.path + ".act3", y);
  return {y, before_projection};
}

BlockValues build_cross_stage_bottleneck(BackboneLayers& layers, const Block& block, ValueId x) {
  const Activation activation = layers.activation(block.run);
  const std::int64_t middle = middle_channels(block.run);
  ValueId y = layers.conv_norm(block.path + ".conv1", {.out_channels = middle}, activation, x);
  y = layers.conv_norm(block.path + ".conv2", spatial(block, middle), activation, y);
  const ValueId before_projection = y;
  y = layers.conv_norm(block.path + ".conv3", {.out_channels = block.run.channels}, std::nullopt,
                       y);
  y = layers.builder().activated(activation, layers.builder().add(y, x));
  layers.builder().tap(block.path + ".act3", y);
  return {y, before_projection};
}

BlockValues build_dark(BackboneLayers& layers, const Block& block, ValueId x) {
  const Activation activation = layers.activation(block.run);
  const ValueId narrowed = layers.conv_norm(
      block.path + ".conv1", {.out_channels = middle_channels(block.run)}, activation, x);
  const ValueId widened = layers.conv_norm(
      block.path + ".conv2", spatial(block, block.run.channels), activation, narrowed);
  return {layers.builder().add(widened, x), narrowed};
}

}  // namespace effgate
