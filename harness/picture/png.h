#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "harness/base/result.h"
#include "harness/picture/picture.h"

namespace effgate {

bool is_png(std::span<const std::byte> bytes);

// The pixels as Pillow's convert("RGB") gives them: palettes looked up, grey tripled, an alpha
// channel dropped, colour profiles and gamma left aside, of 16 bits the upper 8. (Pillow cuts grey
// of 16 bits off at 255 instead.) Kind malformed or truncated.
Result<Picture> decode_png(std::span<const std::byte> bytes);

Result<std::string> encode_png(const Picture& picture);

}  // namespace effgate
