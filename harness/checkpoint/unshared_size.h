#pragma once

#include <cstdint>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"

namespace effgate {

// Tensors of a file may share their storage, and views may repeat its elements; written each on its
// own they take more than the file, and those of a hostile file of some megabytes hundreds of
// gigabytes. They may take so many times what they hold, or so many bytes, more than the largest
// network does.
inline constexpr std::uint64_t kMostSharing = 16;
inline constexpr std::uint64_t kLeastLimit = std::uint64_t{512} << 20;

// An error of kind malformed where the tensors would take more than that.
Status check_unshared_size(std::span<const TensorEntry* const> tensors);

}  // namespace effgate
