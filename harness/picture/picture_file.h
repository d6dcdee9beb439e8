#pragma once

#include <filesystem>

#include "harness/base/result.h"
#include "harness/picture/picture.h"

namespace effgate {

// Whether the file begins as a JPEG or PNG does.
Result<bool> is_picture_file(const std::filesystem::path& path);

// Decodes a JPEG or PNG file, told apart by its first bytes. Kind malformed where it is neither,
// malformed or truncated where it is damaged; the message names the file.
Result<Picture> read_picture(const std::filesystem::path& path);

// A PNG or JPEG by the extension of `path` (.png, .jpg, .jpeg), written beside it first. A usage
// error for any other extension; `check_picture_name` tells beforehand.
Status write_picture(const std::filesystem::path& path, const Picture& picture);
Status check_picture_name(const std::filesystem::path& path);

}  // namespace effgate
