#pragma once

#include <cstdint>
#include <vector>

#include "harness/picture/picture.h"

namespace effgate {

// Between the four nearest pixels, whatever the reduction (so nothing is antialiased), as OpenCV's
// resize(…, INTER_LINEAR) does it. Both sides at least 1.

// Byte for byte, in OpenCV's fixed point.
Picture interpolated(const Picture& picture, std::int64_t width, std::int64_t height);

// Numbers instead of bytes, laid out as a picture's.
struct NumberPicture {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<double> values;
};
NumberPicture interpolated(const NumberPicture& picture, std::int64_t width, std::int64_t height);

}  // namespace effgate
