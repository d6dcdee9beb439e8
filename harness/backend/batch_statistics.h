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

  // The estimate that train mode stores as running_var: population variance * n / (n - 1).
  std::vector<double> unbiased_var() const;
};

// The statistics that a BatchNorm stores after one forward pass in train mode with momentum 1.
struct ModuleStatistics {
  std::string module;  // its state-dict path: "backbone.bn1"
  std::vector<double> running_mean;
  std::vector<double> running_var;  // unbiased
};

// Contiguous row-major bytes of a floating dtype; two passes in double.
ChannelStatistics channel_statistics(std::span<const std::byte> bytes, DType dtype,
                                     std::span<const std::int64_t> shape);

}  // namespace effgate
