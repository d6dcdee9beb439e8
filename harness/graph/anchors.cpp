#include "harness/graph/anchors.h"

#include <array>
#include <cmath>

#include "harness/graph/fpn.h"

namespace effgate {
namespace {

// Centres along one axis. As in numpy.arange, the step is the difference of the first two, which
// at fractional strides need not be the stride to the last bit.
struct Centres {
  double first;
  double step;
  std::int64_t count;

  Centres(double stride, std::int64_t size)
      : first(stride / 2),
        step((first + stride) - first),
        count(static_cast<std::int64_t>(std::ceil((static_cast<double>(size) - first) / stride))) {}
  double operator[](std::int64_t i) const { return first + static_cast<double>(i) * step; }
};

// Half the height and half the width of one anchor.
using HalfSize = std::array<double, 2>;

std::vector<HalfSize> half_sizes(const ModelConfig& config, double stride_y, double stride_x) {
  std::vector<HalfSize> sizes;
  for (int i = 0; i < config.num_scales; ++i) {
    const double octave = std::pow(2.0, static_cast<double>(i) / config.num_scales);
    const double base_y = config.anchor_scale * stride_y * octave;
    const double base_x = config.anchor_scale * stride_x * octave;
    for (const AspectRatio& ratio : config.aspect_ratios) {
      sizes.push_back({base_y * ratio.height / 2.0, base_x * ratio.width / 2.0});
    }
  }
  return sizes;
}

void append_level(const ModelConfig& config, int level, std::vector<float>& anchors) {
  const MapSize cells = level_size({config.height, config.width}, level);
  const double stride_y = static_cast<double>(config.height) / static_cast<double>(cells[0]);
  const double stride_x = static_cast<double>(config.width) / static_cast<double>(cells[1]);
  const Centres rows(stride_y, config.height);
  const Centres columns(stride_x, config.width);
  const std::vector<HalfSize> sizes = half_sizes(config, stride_y, stride_x);
  for (std::int64_t row = 0; row < rows.count; ++row) {
    for (std::int64_t column = 0; column < columns.count; ++column) {
      const double y = rows[row];
      const double x = columns[column];
      for (const auto& [half_y, half_x] : sizes) {
        for (const double edge : {y - half_y, x - half_x, y + half_y, x + half_x}) {
          anchors.push_back(static_cast<float>(edge));
        }
      }
    }
  }
}

}  // namespace

std::int64_t anchor_count(const ModelConfig& config) {
  std::int64_t cells = 0;
  for (int level = config.min_level; level <= config.max_level; ++level) {
    const MapSize size = level_size({config.height, config.width}, level);
    cells += size[0] * size[1];
  }
  return cells * config.anchors_per_cell();
}

std::vector<float> make_anchors(const ModelConfig& config) {
  std::vector<float> anchors;
  anchors.reserve(static_cast<std::size_t>(anchor_count(config)) * 4);
  for (int level = config.min_level; level <= config.max_level; ++level) {
    append_level(config, level, anchors);
  }
  return anchors;
}

}  // namespace effgate
