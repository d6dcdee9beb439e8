#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "harness/base/result.h"
#include "harness/picture/picture.h"

namespace effgate {

struct Letterbox {
  Picture picture;
  double scale = 1;  // pixels of the original per pixel of this one
};

// The picture as effdet's ResizePad lays it into height x width at validation: as large as fits
// with its proportions, sides cut down to integers, top left, `fill` (0..255) around it. Kind
// malformed where a side would be no pixel at all.
Result<Letterbox> letterboxed(const Picture& picture, std::int64_t height, std::int64_t width,
                              const std::array<int, 3>& fill);

// [3,height,width] float32: (byte - 255*mean) / (255*deviation), in float32 as effdet's loader
// computes it. Mean and deviation are of values 0..1.
std::vector<float> normalised(const Picture& picture, const std::array<double, 3>& mean,
                              const std::array<double, 3>& deviation);

}  // namespace effgate
