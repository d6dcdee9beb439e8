#pragma once

#include <cstddef>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/findings.h"

namespace effgate {

// Reads the bytes of a file of any container. `bytes` must outlive the findings. What is wrong is
// reported there, the most urgent first; the only error is a key (options.key) that is not in it.
Result<Findings> read_checkpoint(std::span<const std::byte> bytes, const OpenOptions& options = {});

}  // namespace effgate
