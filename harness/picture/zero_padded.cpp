#include "harness/picture/zero_padded.h"

#include <algorithm>
#include <string>

#include "harness/picture/interpolate.h"
#include "harness/picture/letterbox.h"

namespace effgate {
namespace {

struct Sides {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

// The shorter room decides; its side is filled whole.
Sides scaled_sides(const Picture& picture, std::int64_t height, std::int64_t width, bool rounds) {
  const auto own_width = static_cast<double>(picture.width);
  const auto own_height = static_cast<double>(picture.height);
  const double factor =
      std::min(static_cast<double>(width) / own_width, static_cast<double>(height) / own_height);
  const double more = rounds ? 0.5 : 0;
  Sides sides{static_cast<std::int64_t>(own_width * factor + more),
              static_cast<std::int64_t>(own_height * factor + more)};
  const bool wide =
      static_cast<double>(width) / own_width < static_cast<double>(height) / own_height;
  (wide ? sides.width : sides.height) = wide ? width : height;
  return sides;
}

NumberPicture normalised_numbers(const Picture& picture, const ZeroPadding& how) {
  NumberPicture numbers{picture.width, picture.height, {}};
  numbers.values.reserve(picture.bytes.size());
  for (std::size_t i = 0; i < picture.bytes.size(); ++i)
    numbers.values.push_back((picture.bytes[i] / 255.0 - how.mean[i % 3]) / how.deviation[i % 3]);
  return numbers;
}

// [3,height,width] of the sides.
std::vector<float> scaled_planes(const Picture& picture, const Sides& sides,
                                 const ZeroPadding& how) {
  if (!how.numbers)
    return normalised(interpolated(picture, sides.width, sides.height), how.mean, how.deviation);
  const NumberPicture small =
      interpolated(normalised_numbers(picture, how), sides.width, sides.height);
  const std::size_t pixels = small.values.size() / 3;
  std::vector<float> planes(small.values.size());
  for (std::size_t i = 0; i < small.values.size(); ++i)
    planes[i % 3 * pixels + i / 3] = static_cast<float>(small.values[i]);
  return planes;
}

}  // namespace

Result<PreparedPicture> zero_padded(const Picture& picture, std::int64_t height, std::int64_t width,
                                    const ZeroPadding& how) {
  const Sides sides = scaled_sides(picture, height, width, how.rounds_sides);
  if (sides.width < 1 || sides.height < 1) {
    return Error{ErrorKind::malformed, "it is so narrow that nothing is left of it at " +
                                           std::to_string(height) + "x" + std::to_string(width)};
  }
  PreparedPicture prepared{std::vector<float>(static_cast<std::size_t>(3 * height * width)),
                           static_cast<double>(picture.width) / static_cast<double>(sides.width),
                           static_cast<double>(picture.height) / static_cast<double>(sides.height)};
  const std::vector<float> planes = scaled_planes(picture, sides, how);
  for (std::int64_t line = 0; line < 3 * sides.height; ++line) {
    const std::int64_t plane = line / sides.height, y = line % sides.height;
    std::copy_n(planes.begin() + line * sides.width, sides.width,
                prepared.planes.begin() + (plane * height + y) * width);
  }
  return prepared;
}

}  // namespace effgate
