#pragma once

#include <array>
#include <cstdint>

#include "harness/graph/config.h"

namespace effgate {

// What goes around a feature map before a window slides over it: `inside` is an argument of the
// call itself (both sides alike, height first), `margins` are a call of its own before it.
struct WindowPadding {
  std::array<std::int64_t, 2> inside{0, 0};
  bool has_margins = false;
  std::array<std::int64_t, 4> margins{0, 0, 0, 0};  // left, right, top, bottom
};

// timm's rule for a map of `size`, a kernel and a stride, all height first. `same` with stride 1
// and odd kernels is the call's own padding; any other `same` is a call before, and so is every
// `same_apart` that pads at all.
WindowPadding window_padding(PaddingStyle style, std::array<std::int64_t, 2> size,
                             std::array<std::int64_t, 2> kernel,
                             std::array<std::int64_t, 2> stride);

}  // namespace effgate
