#include "harness/picture/letterbox.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "harness/base/hash.h"
#include "harness/picture/test_pattern.h"

namespace effgate {
namespace {

using Three = std::array<double, 3>;
constexpr Three kMean = {0.485, 0.456, 0.406};
constexpr Three kDeviation = {0.229, 0.224, 0.225};
constexpr Three kHalf = {0.5, 0.5, 0.5};
constexpr std::array<int, 3> kMeanFill = {124, 116, 104};

struct Preprocessed {
  std::int64_t from_width, from_height, to_height, to_width;
  bool imagenet;
  double scale;
  std::string picture_sha256, input_sha256;
};

// By effdet 0.4.1's ResizePad on Pillow 9.4.0, then the arithmetic of its PrefetchLoader on torch
// 1.13.1: of the padded RGB bytes, and of the float32 [3,H,W]. fixtures/record_preprocessing.py
// prints these rows.
const Preprocessed kOfEffdet[] = {
    {64, 48, 128, 128, true, 0.5,
     "6b9c628ebd3cb360496e2dd70e52068edf1e05a93083564094a25f2a5f3661e6",
     "eb8ad60e7980c1742b1a6fedbc92401b02917cf6a378ffbad842761b2eb5c4d9"},
    {100, 150, 96, 64, false, 1.5625,
     "40bcc354644ba67b15df81d0fe3fd0217e5fda3a681a63cf839b35eaecf7fd1f",
     "f50a9618c9bd5d10dc577eece409a8b11868b885818c5289b609314a928c7f41"},
    {427, 640, 512, 512, true, 1.25,
     "9accbada5ffdfef01c2092f989e4b16f3975de400032465cd99b1f2ac8bd98a7",
     "17f503e1b08c3e36ca5afc786f560d3e506e97f2d1a00af8f34c0432dc5f1791"},
    {90, 61, 320, 320, false, 0.28125,
     "7c4bc02574c62dfd74453b9c337919ab5d83e6248b8d5b5a3c5863c74fb7b17b",
     "4346732b55fd5246529e97c76ea56103ba138e5c4483a0a8db501eccb2d00315"},
    {40, 30, 32, 96, false, 0.9375,
     "d00ce5319aa5a4ef5a6c28dd9239cf87cf9c83bb39c9b2c24557dc03416dd76d",
     "a4f449532bc0a8094c94d00a3139d1ae6accf2c3b8d1c3cb4ccc5396eb74749f"},
};

TEST(Letterbox, gives_the_input_that_effdet_gives) {
  for (const Preprocessed& each : kOfEffdet) {
    const auto box = letterboxed(test_pattern(each.from_width, each.from_height), each.to_height,
                                 each.to_width, each.imagenet ? kMeanFill : std::array{0, 0, 0});
    ASSERT_TRUE(box.ok()) << box.error().message;
    EXPECT_EQ(box->scale, each.scale);
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(box->picture.bytes))), each.picture_sha256);
    const std::vector<float> input =
        normalised(box->picture, each.imagenet ? kMean : kHalf, each.imagenet ? kDeviation : kHalf);
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(input))), each.input_sha256);
  }
}

TEST(Letterbox, refuses_a_picture_of_which_no_pixel_is_left) {
  EXPECT_TRUE(letterboxed(test_pattern(1000, 10), 128, 128, kMeanFill).ok());
  const auto box = letterboxed(test_pattern(1000, 1), 128, 128, kMeanFill);
  ASSERT_FALSE(box.ok());
  EXPECT_EQ(box.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace effgate
