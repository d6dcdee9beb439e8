#include "harness/picture/png.h"

#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

namespace effgate {
namespace {

// What libpng reads from, and what it had to say in the end.
struct Source {
  std::span<const std::byte> rest;
  bool ended = false;
  std::array<char, 200> complaint{};
};

void read_from(png_structp png, png_bytep target, std::size_t length) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (length > source->rest.size()) {
    source->ended = true;
    png_error(png, "the file ends early");
  }
  std::memcpy(target, source->rest.data(), length);
  source->rest = source->rest.subspan(length);
}

[[noreturn]] void give_up(png_structp png, png_const_charp complaint) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::snprintf(source->complaint.data(), source->complaint.size(), "%s", complaint);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

// libpng leaves a function that fails by longjmp, so its calls are made in steps that hold nothing
// with a destructor.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : source_{bytes, false, {}} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source_, give_up, ignore_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  template <typename Step>
  Status step(const Step& step) {
    if (info_ == nullptr) return Error{ErrorKind::out_of_memory, "libpng has no memory"};
    if (!finishes(step)) {
      return Error{source_.ended ? ErrorKind::truncated : ErrorKind::malformed,
                   source_.complaint.data()};
    }
    return success();
  }

  Status read_header() {
    return step([this] {
      png_set_read_fn(png_, &source_, read_from);
      png_read_info(png_, info_);
    });
  }

  std::int64_t width() const { return png_get_image_width(png_, info_); }
  std::int64_t height() const { return png_get_image_height(png_, info_); }

  Status ask_for_rgb() {
    return step([this] {
      const int colours = png_get_color_type(png_, info_);
      png_set_strip_16(png_);
      if (colours == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
      if (colours == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
      if ((colours & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png_);
      png_set_strip_alpha(png_);
      png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
    });
  }

  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

  Status read_rows(std::span<png_bytep> rows) {
    return step([this, rows] {
      png_read_image(png_, rows.data());
      png_read_end(png_, nullptr);
    });
  }

 private:
  template <typename Step>
  bool finishes(const Step& step) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    step();
    return true;
  }

  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

bool is_png(std::span<const std::byte> bytes) {
  constexpr std::size_t kSignature = 8;
  return bytes.size() >= kSignature &&
         png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, kSignature) == 0;
}

Result<Picture> decode_png(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  EFFGATE_TRY(reader.read_header());
  EFFGATE_TRY(check_picture_size(reader.width(), reader.height()));
  EFFGATE_TRY(reader.ask_for_rgb());
  Picture picture = Picture::filled(reader.width(), reader.height(), {});
  if (reader.row_bytes() != picture.row_bytes())
    return Error{ErrorKind::bug, "libpng gives rows that are not RGB"};
  std::vector<png_bytep> rows;
  for (std::int64_t y = 0; y < picture.height; ++y) rows.push_back(picture.row(y));
  EFFGATE_TRY(reader.read_rows(rows));
  return picture;
}

Result<std::string> encode_png(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(length, '\0');
  if (png_image_write_to_memory(&image, file.data(), &length, 0, picture.bytes.data(), 0,
                                nullptr) == 0)
    return Error{ErrorKind::bug, std::string("encoding a PNG: ") + image.message};
  file.resize(length);
  return file;
}

}  // namespace effgate
