#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

using Colour = std::array<std::uint8_t, 3>;  // red, green, blue

// An 8-bit RGB picture: rows from the top, three bytes a pixel, no gaps.
struct Picture {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<std::uint8_t> bytes;

  static Picture filled(std::int64_t width, std::int64_t height, const Colour& colour);

  std::size_t row_bytes() const { return static_cast<std::size_t>(width) * 3; }
  std::uint8_t* row(std::int64_t y) {
    return bytes.data() + static_cast<std::size_t>(y) * row_bytes();
  }
  const std::uint8_t* row(std::int64_t y) const {
    return bytes.data() + static_cast<std::size_t>(y) * row_bytes();
  }
};

// Whether a file that says it has this size may be decoded at all; asked before anything is
// allocated for it. At most 100 million pixels (300 MB), each side at most 65535.
Status check_picture_size(std::int64_t width, std::int64_t height);

}  // namespace effgate
