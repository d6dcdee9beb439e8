#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/base/dtype.h"

namespace effgate {

// Of every channel of one [N,C,H,W].
struct ChannelStatistics {
  std::vector<double> mean;
  std::vector<double> var;  // population variance, what train mode normalises with
  std::int64_t count = 0;   // elements of a channel
};

// What the BatchNorm at this state-dict path ("backbone.bn1") saw in one forward pass.
struct ModuleStatistics {
  std::string module;
  ChannelStatistics channels;
};

// Contiguous row-major bytes of a floating dtype; two passes in double.
ChannelStatistics channel_statistics(std::span<const std::byte> bytes, DType dtype,
                                     std::span<const std::int64_t> shape);

}  // namespace effgate
