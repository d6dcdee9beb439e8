#include "harness/picture/picture.h"

#include <string>

namespace effgate {
namespace {

constexpr std::int64_t kLargestSide = 65535;
constexpr std::int64_t kMostPixels = 100'000'000;

}  // namespace

Picture Picture::filled(std::int64_t width, std::int64_t height, const Colour& colour) {
  Picture picture{width, height, {}};
  picture.bytes.resize(static_cast<std::size_t>(height) * picture.row_bytes());
  if (colour == Colour{}) return picture;
  for (std::size_t i = 0; i < picture.bytes.size(); ++i) picture.bytes[i] = colour[i % 3];
  return picture;
}

Status check_picture_size(std::int64_t width, std::int64_t height) {
  const bool bounded = width >= 1 && height >= 1 && width <= kLargestSide &&
                       height <= kLargestSide && width * height <= kMostPixels;
  if (bounded) return success();
  return Error{ErrorKind::malformed,
               "it says it has " + std::to_string(width) + "x" + std::to_string(height) +
                   " pixels; a picture has 1 to 100 million, and no side over 65535"};
}

}  // namespace effgate
