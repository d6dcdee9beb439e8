#pragma once

#include "harness/picture/picture.h"

namespace effgate {

// The picture on which Pillow and effdet computed the digests in the tests: byte c of pixel (x, y)
// is ((3x^2 + 5y^2 + 7xy + 91c(x+1)) >> 3) & 255.
inline Picture test_pattern(std::int64_t width, std::int64_t height) {
  Picture picture = Picture::filled(width, height, {});
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t value = (3 * x * x + 5 * y * y + 7 * x * y + 91 * c * (x + 1)) >> 3;
        picture.row(y)[3 * x + c] = static_cast<std::uint8_t>(value & 255);
      }
    }
  }
  return picture;
}

}  // namespace effgate
