#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// The `bytes` bytes that a raw deflate stream (RFC 1951) holds. Kind malformed where it is damaged,
// ends early, or holds more or fewer than that.
Result<std::vector<std::byte>> inflate(std::span<const std::byte> deflated, std::uint64_t bytes);

}  // namespace effgate
