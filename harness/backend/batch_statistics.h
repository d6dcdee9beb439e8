#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

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

// Of contiguous values in `shape` [N,C,H,W], in two passes.
ChannelStatistics channel_statistics(std::span<const double> values,
                                     std::span<const std::int64_t> shape);

}  // namespace effgate
