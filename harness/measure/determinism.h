#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/base/result.h"

namespace effgate {

// An output in which two runs of the same forward pass differ.
struct RepeatDifference {
  std::string tap;
  std::size_t elements = 0;  // how many differ in any bit
  double max_abs = 0;        // the largest difference in value
};

// Compares the outputs of two runs bit by bit; empty where they are equal. Runs that do not have
// the same outputs, shapes and dtypes are a `library` error.
Result<std::vector<RepeatDifference>> differences_between_runs(
    const std::vector<HostTensor>& first, const std::vector<HostTensor>& second);

}  // namespace effgate
