#include "harness/picture/interpolate.h"

#include <algorithm>
#include <cmath>

namespace effgate {
namespace {

// Two neighbours in the source, the same one twice at an edge, and how much the second counts.
struct Neighbours {
  std::size_t first = 0;
  std::size_t second = 0;
  double share = 0;
};

enum class Edge {
  whole,   // beyond the edge the outermost pixel counts alone
  shared,  // it counts as both neighbours, which rounds otherwise
};

// Positions are computed in double and kept as `Number`, in which the share then is exact.
template <typename Number>
Neighbours neighbours_of(std::int64_t target, std::int64_t source_size, double scale, Edge edge) {
  const auto at = static_cast<Number>((static_cast<double>(target) + 0.5) * scale - 0.5);
  const Number below = std::floor(at);
  const auto first = static_cast<std::int64_t>(below);
  const std::int64_t last = source_size - 1;
  const bool inside = first >= 0 && first < last;
  return {static_cast<std::size_t>(std::clamp<std::int64_t>(first, 0, last)),
          static_cast<std::size_t>(std::clamp<std::int64_t>(first + 1, 0, last)),
          inside || edge == Edge::shared ? static_cast<double>(at - below) : 0};
}

template <typename Number>
std::vector<Neighbours> all_neighbours(std::int64_t source_size, std::int64_t target_size,
                                       Edge edge) {
  const double scale = 1 / (static_cast<double>(target_size) / static_cast<double>(source_size));
  std::vector<Neighbours> all;
  for (std::int64_t target = 0; target < target_size; ++target)
    all.push_back(neighbours_of<Number>(target, source_size, scale, edge));
  return all;
}

// In units of 2^-11.
struct FixedShares {
  std::int32_t first = 0;
  std::int32_t second = 0;
};

FixedShares fixed(double share) {
  constexpr float kOne = 2048;
  const auto second = static_cast<float>(share);
  return {static_cast<std::int32_t>(std::lrint((1 - second) * kOne)),
          static_cast<std::int32_t>(std::lrint(second * kOne))};
}

// One row at the target's width, its values in units of 2^-11.
std::vector<std::int32_t> widened(const std::uint8_t* row, const std::vector<Neighbours>& columns) {
  std::vector<std::int32_t> values;
  values.reserve(columns.size() * 3);
  for (const Neighbours& column : columns) {
    const FixedShares shares = fixed(column.share);
    for (std::size_t c = 0; c < 3; ++c)
      values.push_back(row[column.first * 3 + c] * shares.first +
                       row[column.second * 3 + c] * shares.second);
  }
  return values;
}

std::vector<double> widened(const double* row, const std::vector<Neighbours>& columns) {
  std::vector<double> values;
  values.reserve(columns.size() * 3);
  for (const Neighbours& column : columns)
    for (std::size_t c = 0; c < 3; ++c)
      values.push_back(row[column.first * 3 + c] * (1 - column.share) +
                       row[column.second * 3 + c] * column.share);
  return values;
}

}  // namespace

Picture interpolated(const Picture& picture, std::int64_t width, std::int64_t height) {
  const auto columns = all_neighbours<float>(picture.width, width, Edge::whole);
  const auto rows = all_neighbours<float>(picture.height, height, Edge::shared);
  Picture result = Picture::filled(width, height, {});
  for (std::int64_t y = 0; y < height; ++y) {
    const Neighbours& row = rows[static_cast<std::size_t>(y)];
    const auto above = widened(picture.row(static_cast<std::int64_t>(row.first)), columns);
    const auto below = widened(picture.row(static_cast<std::int64_t>(row.second)), columns);
    const FixedShares shares = fixed(row.share);
    std::uint8_t* target = result.row(y);
    for (std::size_t i = 0; i < above.size(); ++i) {
      const std::int32_t sum =
          ((shares.first * (above[i] >> 4)) >> 16) + ((shares.second * (below[i] >> 4)) >> 16);
      target[i] = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
  }
  return result;
}

NumberPicture interpolated(const NumberPicture& picture, std::int64_t width, std::int64_t height) {
  const auto columns = all_neighbours<double>(picture.width, width, Edge::whole);
  const auto rows = all_neighbours<double>(picture.height, height, Edge::whole);
  const std::size_t row_values = static_cast<std::size_t>(picture.width) * 3;
  NumberPicture result{width, height, {}};
  result.values.reserve(static_cast<std::size_t>(width * height) * 3);
  for (const Neighbours& row : rows) {
    const auto above = widened(picture.values.data() + row.first * row_values, columns);
    const auto below = widened(picture.values.data() + row.second * row_values, columns);
    for (std::size_t i = 0; i < above.size(); ++i)
      result.values.push_back(above[i] * (1 - row.share) + below[i] * row.share);
  }
  return result;
}

}  // namespace effgate
