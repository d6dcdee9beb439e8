#pragma once

#include <cstdint>
#include <string>

#include "harness/base/result.h"

namespace effgate {

// What one forward pass of a network takes, for estimates.
struct ForwardCost {
  double multiply_adds = 0;      // of its convolutions
  std::uint64_t parameters = 0;  // elements of the state dict
  std::uint64_t output_elements = 0;
};

// `size` is "native" or HxW. Errors are those of the catalogue.
Result<ForwardCost> forward_cost(const std::string& model, const std::string& size);

}  // namespace effgate
