#include "harness/picture/letterbox.h"

#include <algorithm>
#include <string>

#include "harness/picture/resize.h"

namespace effgate {
namespace {

void paste_top_left(const Picture& small, Picture& large) {
  for (std::int64_t y = 0; y < small.height; ++y)
    std::copy_n(small.row(y), small.row_bytes(), large.row(y));
}

Colour colour_of(const std::array<int, 3>& fill) {
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c)
    colour[c] = static_cast<std::uint8_t>(std::clamp(fill[c], 0, 255));
  return colour;
}

}  // namespace

Result<Letterbox> letterboxed(const Picture& picture, std::int64_t height, std::int64_t width,
                              const std::array<int, 3>& fill) {
  const auto own_height = static_cast<double>(picture.height);
  const auto own_width = static_cast<double>(picture.width);
  const double factor =
      std::min(static_cast<double>(height) / own_height, static_cast<double>(width) / own_width);
  const auto scaled_height = static_cast<std::int64_t>(own_height * factor);
  const auto scaled_width = static_cast<std::int64_t>(own_width * factor);
  if (scaled_height < 1 || scaled_width < 1) {
    return Error{ErrorKind::malformed, "it is so narrow that nothing is left of it at " +
                                           std::to_string(height) + "x" + std::to_string(width)};
  }
  Picture canvas = Picture::filled(width, height, colour_of(fill));
  paste_top_left(resized(picture, scaled_width, scaled_height), canvas);
  return Letterbox{std::move(canvas), 1 / factor};
}

std::vector<float> normalised(const Picture& picture, const std::array<double, 3>& mean,
                              const std::array<double, 3>& deviation) {
  const std::size_t pixels = picture.bytes.size() / 3;
  std::vector<float> planes(picture.bytes.size());
  for (std::size_t c = 0; c < 3; ++c) {
    const auto offset = static_cast<float>(mean[c] * 255);
    const auto divisor = static_cast<float>(deviation[c] * 255);
    for (std::size_t i = 0; i < pixels; ++i) {
      const auto byte = static_cast<float>(picture.bytes[3 * i + c]);
      planes[c * pixels + i] = (byte - offset) / divisor;
    }
  }
  return planes;
}

}  // namespace effgate
