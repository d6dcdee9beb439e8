#include "harness/picture/picture_file.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/picture/jpeg.h"
#include "harness/picture/png.h"

namespace effgate {
namespace {

using Encoder = Result<std::string> (*)(const Picture&);

struct NamedEncoder {
  std::string_view extension;
  Encoder encode;
};
constexpr std::array<NamedEncoder, 3> kEncoders = {
    {{".png", encode_png}, {".jpg", encode_jpeg}, {".jpeg", encode_jpeg}}};

// nullptr for an extension that names no kind of picture.
const NamedEncoder* encoder_for(const std::filesystem::path& path) {
  const std::string extension = lower(path.extension().string());
  for (const NamedEncoder& known : kEncoders)
    if (known.extension == extension) return &known;
  return nullptr;
}

Result<Picture> decode(std::span<const std::byte> bytes) {
  if (is_png(bytes)) return decode_png(bytes);
  if (is_jpeg(bytes)) return decode_jpeg(bytes);
  return Error{ErrorKind::malformed, "it is not a JPEG or PNG"};
}

}  // namespace

Result<bool> is_picture_file(const std::filesystem::path& path) {
  EFFGATE_ASSIGN(const MappedFile file, MappedFile::open(path));
  return is_png(file.bytes()) || is_jpeg(file.bytes());
}

Result<Picture> read_picture(const std::filesystem::path& path) {
  EFFGATE_ASSIGN(const MappedFile file, MappedFile::open(path));
  Result<Picture> picture = decode(file.bytes());
  if (!picture.ok())
    return std::move(picture).error().while_doing("reading picture " + path.string());
  return picture;
}

Status check_picture_name(const std::filesystem::path& path) {
  if (encoder_for(path) != nullptr) return success();
  return Error{ErrorKind::usage,
               "writing " + path.string() + ": a picture's name ends in .png, .jpg or .jpeg"};
}

Status write_picture(const std::filesystem::path& path, const Picture& picture) {
  EFFGATE_TRY(check_picture_name(path));
  EFFGATE_ASSIGN(const std::string file, encoder_for(path)->encode(picture));
  return write_file_atomically(path, file);
}

}  // namespace effgate
