#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

#include "harness/base/result.h"

namespace effgate {

// Bounds this process: no core file, and no more address space than `memory_bytes` (0 sets none).
Status limit_resources(std::uint64_t memory_bytes);

// Makes this process end with `parent`, also where that has ended already.
void end_with_parent(pid_t parent);

// Standard input becomes empty; standard output and standard error go to the end of `path`.
Status redirect_streams(const std::filesystem::path& path);

}  // namespace effgate
