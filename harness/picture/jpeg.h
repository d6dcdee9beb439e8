#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "harness/base/result.h"
#include "harness/picture/picture.h"

namespace effgate {

bool is_jpeg(std::span<const std::byte> bytes);

// The pixels as stored: what EXIF says about turning is left aside, as effdet does. Grey is
// tripled, CMYK converted as Pillow does. Stricter than Pillow: a file about which libjpeg warns
// (it ends early, its data are damaged) is malformed.
Result<Picture> decode_jpeg(std::span<const std::byte> bytes);

// Quality 95, chroma at full resolution, so that thin lines stay thin.
Result<std::string> encode_jpeg(const Picture& picture);

}  // namespace effgate
