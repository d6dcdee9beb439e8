#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/graph/builder.h"
#include "harness/graph/config.h"

namespace effgate {

// The layers that a backbone's stem, stages and blocks are made of, in the backbone's own padding,
// batch norm and squeeze. Each is declared and called at once: no module of a backbone is shared.
class BackboneLayers {
 public:
  BackboneLayers(NetworkBuilder& builder, const BackboneConfig& config)
      : builder_(builder), config_(config) {}

  NetworkBuilder& builder() { return builder_; }

  // The activation of a run of blocks.
  Activation activation(const BlockRun& run) const {
    return run.activation.value_or(config_.activation);
  }

  // A convolution of `x`; padding and input channels of `spec` are set here. With several kernels
  // its channels are split among the convolutions PATH.0, PATH.1, ….
  ValueId conv(const std::string& path, ConvSpec spec, const Kernels& kernels, ValueId x);
  ValueId conv(const std::string& path, ConvSpec spec, ValueId x);

  // A batch norm, which ends with the activation if there is one.
  ValueId norm(const std::string& path, std::optional<Activation> activation, ValueId x);

  // PATH.conv and PATH.bn.
  ValueId conv_norm(const std::string& path, const ConvSpec& spec,
                    std::optional<Activation> activation, ValueId x);

  // Scales the channels of `x` in a block that got `block_channels`; `x` itself where the run has
  // no squeeze.
  ValueId squeeze(const std::string& path, const BlockRun& run, std::int64_t block_channels,
                  ValueId x);

 private:
  std::int64_t reduced_channels(const BlockRun& run, std::int64_t block_channels,
                                std::int64_t squeezed_channels) const;

  NetworkBuilder& builder_;
  const BackboneConfig& config_;
};

}  // namespace effgate
