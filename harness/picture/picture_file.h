#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "harness/base/result.h"
#include "harness/picture/picture.h"

namespace effgate {

// Whether the bytes begin as a JPEG or PNG does.
bool is_picture(std::span<const std::byte> bytes);

// Decodes a JPEG or PNG file, told apart by its first bytes. Kind malformed where it is neither,
// malformed or truncated where it is damaged; the message names the file.
Result<Picture> read_picture(const std::filesystem::path& path);

// A PNG or JPEG by the extension of `path` (.png, .jpg, .jpeg), written beside it first. A usage
// error for any other extension; `check_picture_name` tells beforehand.
Status write_picture(const std::filesystem::path& path, const Picture& picture);
Status check_picture_name(const std::filesystem::path& path);

}  // namespace effgate
