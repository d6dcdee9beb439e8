#include "harness/recipe/image.h"

#include <array>
#include <span>

#include "harness/recipe/hash_stream.h"

namespace effgate {
namespace {

constexpr std::int64_t kChannels = 3;
constexpr std::uint64_t kLatticeSide = 8192;

struct Octave {
  int spacing;  // pixels between lattice points
  int amplitude;
};
constexpr std::array<Octave, 4> kOctaves{{{64, 2}, {16, 1}, {4, 1}, {1, 1}}};

// One octave of one channel, given out row by row from the top. Interpolation is in integers: a
// row of lattice heights between the two around it, then along the row.
class OctaveRows {
 public:
  OctaveRows(const HashStream& stream, std::uint64_t plane, const Octave& octave,
             std::int64_t width)
      : stream_(stream),
        plane_(plane),
        octave_(octave),
        above_(lattice_points(octave, width)),
        below_(above_.size()),
        between_(above_.size()) {}

  // Adds row `y` to `sums`; called for y = 0, 1, 2, ….
  void add(std::int64_t y, std::span<std::int32_t> sums) {
    const auto within = static_cast<std::int32_t>(y % octave_.spacing);
    if (within == 0) advance(y / octave_.spacing);
    const std::int32_t spacing = octave_.spacing;
    for (std::size_t i = 0; i < between_.size(); ++i) {
      between_[i] = (spacing - within) * above_[i] + within * below_[i];
    }
    const std::int32_t weight = octave_.amplitude * (4096 / (spacing * spacing));
    for (std::size_t x = 0, i = 0; x < sums.size(); ++i) {
      for (std::int32_t fx = 0; fx < spacing && x < sums.size(); ++fx, ++x) {
        sums[x] += weight * ((spacing - fx) * between_[i] + fx * between_[i + 1]);
      }
    }
  }

 private:
  static std::size_t lattice_points(const Octave& octave, std::int64_t width) {
    return static_cast<std::size_t>((width - 1) / octave.spacing + 2);
  }

  void advance(std::int64_t lattice_row) {
    if (lattice_row == 0) {
      fill(above_, 0);
    } else {
      above_.swap(below_);
    }
    fill(below_, lattice_row + 1);
  }

  void fill(std::vector<std::int32_t>& heights, std::int64_t lattice_row) const {
    const std::uint64_t start =
        (plane_ * kLatticeSide + static_cast<std::uint64_t>(lattice_row)) * kLatticeSide;
    for (std::size_t i = 0; i < heights.size(); ++i) {
      heights[i] = static_cast<std::int32_t>(stream_.bits(start + i) >> 54) - 512;
    }
  }

  const HashStream& stream_;
  std::uint64_t plane_;
  Octave octave_;
  std::vector<std::int32_t> above_, below_, between_;
};

void fill_channel(const HashStream& stream, std::uint64_t channel, std::int64_t width,
                  std::span<float> pixels) {
  std::vector<OctaveRows> octaves;
  for (std::size_t o = 0; o < kOctaves.size(); ++o) {
    octaves.emplace_back(stream, channel * kOctaves.size() + o, kOctaves[o], width);
  }
  const auto row_size = static_cast<std::size_t>(width);
  std::vector<std::int32_t> sums(row_size);
  for (std::int64_t y = 0; !pixels.empty(); ++y, pixels = pixels.subspan(row_size)) {
    sums.assign(row_size, 0);
    for (OctaveRows& octave : octaves) octave.add(y, sums);
    for (std::size_t x = 0; x < row_size; ++x) pixels[x] = static_cast<float>(sums[x]) * 0x1p-21F;
  }
}

}  // namespace

std::vector<float> make_images(std::uint64_t seed, std::int64_t first, std::int64_t count,
                               std::int64_t height, std::int64_t width) {
  const HashStream stream("input", seed);
  const auto plane = static_cast<std::size_t>(height * width);
  std::vector<float> images(static_cast<std::size_t>(count * kChannels) * plane);
  for (std::int64_t i = 0; i < count * kChannels; ++i) {
    fill_channel(stream, static_cast<std::uint64_t>(first * kChannels + i), width,
                 std::span(images).subspan(static_cast<std::size_t>(i) * plane, plane));
  }
  return images;
}

}  // namespace effgate
