#pragma once

#include <cstddef>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/findings.h"

namespace effgate {

// Reads a zip of torch.save, of C++ torch::save or of TorchScript. `bytes` must outlive the
// findings. Errors as in read_torch_pickle.
Status read_torch_zip(std::span<const std::byte> bytes, const OpenOptions& options,
                      Findings& findings);

}  // namespace effgate
