#pragma once

#include <filesystem>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/save.h"

namespace effgate {

// Writes torch's stream format, see torch_legacy.h: each tensor has a storage of its own.
Status write_torch_legacy(const std::filesystem::path& path, std::span<const TensorToSave> tensors,
                          const StateDictOptions& options);

}  // namespace effgate
