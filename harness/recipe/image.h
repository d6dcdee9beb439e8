#pragma once

#include <cstdint>
#include <vector>

namespace effgate {

// Images `first` … `first+count-1` of a seed, [count,3,height,width], as a network takes them
// (already normalised). Smooth noise in four octaves, exact in float32; a pixel does not depend
// on the image's size. Sizes are at least 1.
std::vector<float> make_images(std::uint64_t seed, std::int64_t first, std::int64_t count,
                               std::int64_t height, std::int64_t width);

// One image, [3,height,width].
inline std::vector<float> make_image(std::uint64_t seed, std::int64_t number, std::int64_t height,
                                     std::int64_t width) {
  return make_images(seed, number, 1, height, width);
}

}  // namespace effgate
