#include "harness/picture/resize.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace effgate {
namespace {

// Weights are integers in units of 2^-22: eight bits of pixel and two of headroom fill 32.
constexpr int kFractionBits = 32 - 8 - 2;
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// Which source pixels make one target pixel, and how much each counts.
struct Window {
  std::size_t first = 0;
  std::vector<std::int32_t> weights;
};

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

Window window_of(std::int64_t target, std::int64_t source_size, double scale) {
  const double reach = std::max(scale, 1.0);  // half the triangle's base, in source pixels
  const double centre = (static_cast<double>(target) + 0.5) * scale;
  const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(centre - reach + 0.5), 0);
  const auto end = std::min(static_cast<std::int64_t>(centre + reach + 0.5), source_size);
  std::vector<double> shares;
  double sum = 0;
  for (std::int64_t i = first; i < end; ++i) {
    shares.push_back(triangle((static_cast<double>(i) - centre + 0.5) * (1.0 / reach)));
    sum += shares.back();
  }
  Window window{static_cast<std::size_t>(first), {}};
  for (const double share : shares) {
    const double weight = share / sum * (1 << kFractionBits);
    window.weights.push_back(static_cast<std::int32_t>(weight + 0.5));
  }
  return window;
}

std::vector<Window> windows(std::int64_t source_size, std::int64_t target_size) {
  const double scale = static_cast<double>(source_size) / static_cast<double>(target_size);
  std::vector<Window> all;
  for (std::int64_t target = 0; target < target_size; ++target)
    all.push_back(window_of(target, source_size, scale));
  return all;
}

// The weighted sum of the bytes at `first`, `first + stride`, …
std::uint8_t weighted(const std::uint8_t* first, std::size_t stride,
                      std::span<const std::int32_t> weights) {
  std::int32_t sum = kHalf;
  for (const std::int32_t weight : weights) {
    sum += *first * weight;
    first += stride;
  }
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

Picture with_width(const Picture& picture, std::int64_t width) {
  if (width == picture.width) return picture;
  Picture result = Picture::filled(width, picture.height, {});
  const std::vector<Window> columns = windows(picture.width, width);
  for (std::int64_t y = 0; y < picture.height; ++y) {
    std::uint8_t* target = result.row(y);
    for (const Window& column : columns) {
      const std::uint8_t* first = picture.row(y) + column.first * 3;
      for (std::size_t c = 0; c < 3; ++c) *target++ = weighted(first + c, 3, column.weights);
    }
  }
  return result;
}

Picture with_height(const Picture& picture, std::int64_t height) {
  if (height == picture.height) return picture;
  Picture result = Picture::filled(picture.width, height, {});
  const std::vector<Window> rows = windows(picture.height, height);
  const std::size_t row_bytes = picture.row_bytes();
  for (std::int64_t y = 0; y < height; ++y) {
    const Window& row = rows[static_cast<std::size_t>(y)];
    const std::uint8_t* first = picture.bytes.data() + row.first * row_bytes;
    std::uint8_t* target = result.row(y);
    for (std::size_t i = 0; i < row_bytes; ++i)
      target[i] = weighted(first + i, row_bytes, row.weights);
  }
  return result;
}

}  // namespace

Picture resized(const Picture& picture, std::int64_t width, std::int64_t height) {
  return with_height(with_width(picture, width), height);
}

}  // namespace effgate
