#include "harness/recipe/image.h"

#include <gtest/gtest.h>

#include <bit>
#include <span>
#include <string>

#include "harness/base/hash.h"
#include "harness/recipe/hash_stream.h"

namespace effgate {
namespace {

constexpr std::uint64_t kSeed = 1;

std::string digest(const std::vector<float>& pixels) {
  return sha256_hex(std::as_bytes(std::span(pixels)));
}

// The test vectors of recipe v1.
TEST(Image, gives_the_published_pixels) {
  const std::vector<float> image = make_image(kSeed, 0, 64, 64);
  EXPECT_EQ(image[0], -1.23632812F);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(image[0]), 0xbf9e4000u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(image[1]), 0x3f2f7c00u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(image[2]), 0xbec71000u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(image[3]), 0xbe263000u);
  EXPECT_EQ(make_image(kSeed, 2, 101, 201)[(1 * 101 + 100) * 201 + 200], 0.311309814F);
}

TEST(Image, gives_the_published_digests) {
  EXPECT_EQ(digest(make_image(kSeed, 0, 64, 64)),
            "af6fb4ff5e72efadc98d701d3fade88b67c92aab15e3fed4608654f1b881b219");
  EXPECT_EQ(digest(make_image(kSeed, 1, 64, 64)),
            "1b7022c74290d56af1ae9a758f7447b5408877e1ca87c704dada4357d8b51a2f");
  EXPECT_EQ(digest(make_image(kSeed, 0, 512, 512)),
            "6472663540411cacb48d332e6f3a145eb29661d8656312ec3c0914db145a00b4");
}

// The recipe's definition, pixel by pixel.
float pixel_by_definition(std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
  const HashStream stream("input", kSeed);
  constexpr std::int64_t kSpacing[] = {64, 16, 4, 1};
  constexpr std::int64_t kAmplitude[] = {2, 1, 1, 1};
  std::int64_t sum = 0;
  for (std::int64_t o = 0; o < 4; ++o) {
    const auto height = [&](std::int64_t iy, std::int64_t ix) {
      const std::int64_t index = ((((n * 3 + c) * 4 + o) * 8192) + iy) * 8192 + ix;
      return static_cast<std::int64_t>(stream.bits(static_cast<std::uint64_t>(index)) >> 54) - 512;
    };
    const std::int64_t spacing = kSpacing[o];
    const std::int64_t iy = y / spacing;
    const std::int64_t fy = y % spacing;
    const std::int64_t ix = x / spacing;
    const std::int64_t fx = x % spacing;
    const std::int64_t v =
        (spacing - fy) * ((spacing - fx) * height(iy, ix) + fx * height(iy, ix + 1)) +
        fy * ((spacing - fx) * height(iy + 1, ix) + fx * height(iy + 1, ix + 1));
    sum += kAmplitude[o] * (4096 / (spacing * spacing)) * v;
  }
  return static_cast<float>(sum) * 0x1p-21F;
}

TEST(Image, agrees_with_its_definition_at_sizes_that_no_octave_divides) {
  constexpr std::int64_t kHeight = 131;
  constexpr std::int64_t kWidth = 67;
  const std::vector<float> image = make_image(kSeed, 3, kHeight, kWidth);
  std::size_t i = 0;
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t y = 0; y < kHeight; ++y) {
      for (std::int64_t x = 0; x < kWidth; ++x, ++i) {
        ASSERT_EQ(image[i], pixel_by_definition(3, c, y, x)) << c << ' ' << y << ' ' << x;
      }
    }
  }
}

TEST(Image, joins_the_images_of_a_batch) {
  std::vector<float> joined = make_image(kSeed, 1, 20, 30);
  const std::vector<float> second = make_image(kSeed, 2, 20, 30);
  joined.insert(joined.end(), second.begin(), second.end());
  EXPECT_EQ(make_images(kSeed, 1, 2, 20, 30), joined);
}

TEST(Image, may_be_a_single_pixel) { EXPECT_EQ(make_image(kSeed, 0, 1, 1)[0], -1.23632812F); }

}  // namespace
}  // namespace effgate
