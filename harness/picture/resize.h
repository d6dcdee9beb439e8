#pragma once

#include <cstdint>

#include "harness/picture/picture.h"

namespace effgate {

// The picture at another size, byte for byte as Pillow's resize(…, BILINEAR) makes it: a triangle
// filter whose support grows with the reduction (so it is antialiased), columns first, then rows,
// each pass rounded to 8 bits. Both sides at least 1.
Picture resized(const Picture& picture, std::int64_t width, std::int64_t height);

}  // namespace effgate
