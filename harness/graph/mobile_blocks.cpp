#include "harness/graph/mobile_blocks.h"

#include <string_view>

#include "harness/graph/channels.h"

namespace effgate {
namespace {

// A block as it is built: `x` is the newest value.
class MobileBlock {
 public:
  MobileBlock(BackboneLayers& layers, const Block& block, ValueId input)
      : layers_(layers), block_(block), input_(input), x_(input) {}

  std::int64_t channels() const { return layers_.builder().channels(x_); }

  std::int64_t middle_channels() const {
    if (block_.run.middle_channels != 0) return block_.run.middle_channels;
    return round_channels(static_cast<double>(channels()) * block_.run.expansion);
  }

  // A convolution and its batch norm with the activation of the run.
  void conv(std::string_view name, std::string_view norm, const ConvSpec& spec,
            const Kernels& kernels) {
    conv_alone(name, spec, kernels);
    x_ = layers_.norm(path(norm), layers_.activation(block_.run), x_);
  }

  void depthwise(std::string_view norm) {
    const std::int64_t channels = this->channels();
    conv("conv_dw", norm, {.out_channels = channels, .stride = block_.stride, .groups = channels},
         block_.run.kernels);
  }

  void squeeze() {
    x_ = layers_.squeeze(path("se"), block_.run, layers_.builder().channels(input_), x_);
  }

  // The convolution at the end: no activation after its batch norm.
  void project(std::string_view name, std::string_view norm) {
    before_projection_ = x_;
    conv_alone(name, {.out_channels = block_.run.channels}, block_.run.projection_kernels);
    x_ = layers_.norm(path(norm), std::nullopt, x_);
  }

  BlockValues finish() {
    NetworkBuilder& builder = layers_.builder();
    const bool skips = block_.run.skips && builder.shape(x_) == builder.shape(input_);
    if (skips) x_ = builder.add(x_, input_);
    return {x_, before_projection_};
  }

 private:
  std::string path(std::string_view name) const { return block_.path + '.' + std::string(name); }

  void conv_alone(std::string_view name, const ConvSpec& spec, const Kernels& kernels) {
    x_ = layers_.conv(path(name), spec, kernels, x_);
  }

  BackboneLayers& layers_;
  const Block& block_;
  ValueId input_;
  ValueId x_;
  ValueId before_projection_ = input_;
};

}  // namespace

BlockValues build_conv_norm(BackboneLayers& layers, const Block& block, ValueId x) {
  MobileBlock built(layers, block, x);
  built.conv("conv", "bn1", {.out_channels = block.run.channels, .stride = block.stride},
             block.run.kernels);
  return built.finish();
}

BlockValues build_depthwise_separable(BackboneLayers& layers, const Block& block, ValueId x) {
  MobileBlock built(layers, block, x);
  built.depthwise("bn1");
  built.squeeze();
  built.project("conv_pw", "bn2");
  return built.finish();
}

BlockValues build_inverted_residual(BackboneLayers& layers, const Block& block, ValueId x) {
  MobileBlock built(layers, block, x);
  built.conv("conv_pw", "bn1", {.out_channels = built.middle_channels()},
             block.run.expansion_kernels);
  built.depthwise("bn2");
  built.squeeze();
  built.project("conv_pwl", "bn3");
  return built.finish();
}

BlockValues build_edge_residual(BackboneLayers& layers, const Block& block, ValueId x) {
  MobileBlock built(layers, block, x);
  built.conv("conv_exp", "bn1", {.out_channels = built.middle_channels(), .stride = block.stride},
             block.run.kernels);
  built.squeeze();
  built.project("conv_pwl", "bn2");
  return built.finish();
}

}  // namespace effgate
