#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "harness/base/result.h"
#include "harness/picture/picture.h"

namespace effgate {

// How an implementation that works with OpenCV makes a network's input.
struct ZeroPadding {
  std::array<double, 3> mean{};  // of values 0..1
  std::array<double, 3> deviation{};
  bool numbers = false;       // normalised first and then resized, both in float64
  bool rounds_sides = false;  // to the nearest pixel instead of down
};

// What a network sees of a picture: float32 [3,height,width], and what brings boxes back.
struct PreparedPicture {
  std::vector<float> planes;
  double scale_x = 1;  // pixels of the original per pixel of the input
  double scale_y = 1;
};

// As large as fits with its proportions, top left, and zero around it after normalisation. Kind
// malformed where a side would be no pixel at all.
Result<PreparedPicture> zero_padded(const Picture& picture, std::int64_t height, std::int64_t width,
                                    const ZeroPadding& how);

}  // namespace effgate
