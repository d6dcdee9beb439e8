#include "harness/picture/jpeg.h"

#include <turbojpeg.h>

#include <memory>

namespace effgate {
namespace {

// TurboJPEG keeps libjpeg's longjmp to itself: its calls return what went wrong.
struct Destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Destroy>;

struct Release {
  void operator()(unsigned char* bytes) const { tjFree(bytes); }
};

Error malformed(const Handle& handle) {
  return Error{ErrorKind::malformed, tjGetErrorStr2(handle.get())};
}

struct JpegHeader {
  int width = 0;
  int height = 0;
  int colourspace = -1;
};

Result<JpegHeader> read_header(const Handle& handle, std::span<const std::byte> bytes) {
  JpegHeader header;
  int subsampling = -1;
  const int failed = tjDecompressHeader3(
      handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
      &header.width, &header.height, &subsampling, &header.colourspace);
  // It fails, too, where it has no name for the subsampling; decoding needs none.
  if (failed != 0 && (header.width < 1 || header.height < 1 || header.colourspace < 0))
    return malformed(handle);
  return header;
}

Status decompress(const Handle& handle, std::span<const std::byte> bytes, const JpegHeader& header,
                  TJPF format, std::vector<std::uint8_t>& pixels) {
  const int failed =
      tjDecompress2(handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), pixels.data(), header.width, 0, header.height, format,
                    TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS);
  if (failed != 0) return malformed(handle);
  return success();
}

// a*b/255, rounded, in Pillow's integers.
int scaled(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// Files in CMYK come from Adobe's programs, which store each channel inverted.
void cmyk_to_rgb(std::span<const std::uint8_t> cmyk, Picture& picture) {
  const std::size_t pixels = cmyk.size() / 4;
  for (std::size_t i = 0; i < pixels; ++i) {
    const int light = cmyk[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const int ink = 255 - cmyk[4 * i + c];
      picture.bytes[3 * i + c] = static_cast<std::uint8_t>(light - scaled(ink, light));
    }
  }
}

}  // namespace

bool is_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() >= 3 && bytes[0] == std::byte{0xFF} && bytes[1] == std::byte{0xD8} &&
         bytes[2] == std::byte{0xFF};
}

Result<Picture> decode_jpeg(std::span<const std::byte> bytes) {
  const Handle handle(tjInitDecompress());
  if (!handle) return Error{ErrorKind::out_of_memory, tjGetErrorStr2(nullptr)};
  EFFGATE_ASSIGN(const JpegHeader header, read_header(handle, bytes));
  EFFGATE_TRY(check_picture_size(header.width, header.height));
  Picture picture = Picture::filled(header.width, header.height, {});
  if (header.colourspace != TJCS_CMYK && header.colourspace != TJCS_YCCK) {
    EFFGATE_TRY(decompress(handle, bytes, header, TJPF_RGB, picture.bytes));
    return picture;
  }
  std::vector<std::uint8_t> cmyk(picture.bytes.size() / 3 * 4);
  EFFGATE_TRY(decompress(handle, bytes, header, TJPF_CMYK, cmyk));
  cmyk_to_rgb(cmyk, picture);
  return picture;
}

Result<std::string> encode_jpeg(const Picture& picture) {
  constexpr int kQuality = 95;
  const Handle handle(tjInitCompress());
  if (!handle) return Error{ErrorKind::out_of_memory, tjGetErrorStr2(nullptr)};
  unsigned char* made = nullptr;
  unsigned long length = 0;
  const int failed =
      tjCompress2(handle.get(), picture.bytes.data(), static_cast<int>(picture.width), 0,
                  static_cast<int>(picture.height), TJPF_RGB, &made, &length, TJSAMP_444, kQuality,
                  TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, Release> file(made);
  if (failed != 0)
    return Error{ErrorKind::bug, std::string("encoding a JPEG: ") + tjGetErrorStr2(handle.get())};
  return std::string(reinterpret_cast<const char*>(made), length);
}

}  // namespace effgate
