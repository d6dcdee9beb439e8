#include "harness/picture/interpolate.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "harness/base/hash.h"
#include "harness/picture/test_pattern.h"

namespace effgate {
namespace {

struct Resize {
  std::int64_t from_width, from_height, to_width, to_height;
  std::string bytes_sha256, numbers_sha256;
};

// SHA-256 of cv2.resize(pattern, size) and, as float32, of cv2.resize(pattern / 255.0, size):
// OpenCV 4.11.0 for x86-64 with NumPy 1.26.4.
const Resize kOfOpenCv[] = {
    {64, 48, 128, 96, "20b0139d1df5f4d32018589526d7569f96ad11ea9314f9f098d8c3e169c95523",
     "40385851cd17cf8283372eaf42455b713dec8292b73a8e3d5e4b3c32114d09cd"},
    {64, 48, 31, 17, "88f78907901d860a8110c1ce9208cfece0629efc43d2549448b72ee0deca26e9",
     "f7dc5d6ab10f1e025fb270dda397f51450e30815d562b30b384b840e04153ec2"},
    {427, 640, 341, 512, "bddb964a188b65d1e4ee61c9aca334a7406114e98c8d9dc01d550a31a247f350",
     "3840bcbcdf975227954bdeb835581d5e70861d9fe2b53e73d0719fd285b8de41"},
    {7, 5, 200, 100, "eac3589b4fcfa4743639ce11e54053f3311e25539f867035f6852595dbc617e0",
     "d46c0d42536cbaf8e276d13ef6624182019b4c442a2f38178a83cf9557ce0620"},
    {2, 3, 5, 3, "3c3dcc823165c31eb2a202ea22dd374dcfd914c9849de0b0715319c3f91adff5",
     "3a52219965dac99100a2108abd53c878bd91abdda9428d0549abcc296961e7bc"},
    {300, 2, 10, 1, "f05dc209a389c380e334a244cd6a5c19baaaa0e7245c107e648f69398dd47d0b",
     "c3ce81b40e3475710c260e75d760501d3b0327945f4c5062ec30c10519743e9c"},
    {257, 129, 768, 385, "2024e81cf5aeb070b44803e79d6672a2247518775cf9abbfca1f3c330842183f",
     "4382c40bed07cefcc6578b0c76f652a257a8c45841be2100fe5af8a44e757f52"},
    {64, 48, 32, 24, "ae6eaff3c23d53d4e3d100f3d16b9d03f25793287aa5a7ab60b32349bccb4726",
     "72c36d52a5088c7f67aa0f043db9ea53bdf61457c9b6eb2a0e1065025b08fae1"},
};

NumberPicture numbers_of(const Picture& picture) {
  NumberPicture numbers{picture.width, picture.height, {}};
  for (const std::uint8_t byte : picture.bytes) numbers.values.push_back(byte / 255.0);
  return numbers;
}

TEST(Interpolate, gives_the_bytes_that_OpenCV_gives) {
  for (const Resize& each : kOfOpenCv) {
    const Picture result = interpolated(test_pattern(each.from_width, each.from_height),
                                        each.to_width, each.to_height);
    EXPECT_EQ(result.width, each.to_width);
    EXPECT_EQ(result.height, each.to_height);
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(result.bytes))), each.bytes_sha256)
        << each.from_width << "x" << each.from_height << " to " << each.to_width << "x"
        << each.to_height;
  }
}

TEST(Interpolate, gives_the_numbers_that_OpenCV_gives) {
  for (const Resize& each : kOfOpenCv) {
    const NumberPicture result = interpolated(
        numbers_of(test_pattern(each.from_width, each.from_height)), each.to_width, each.to_height);
    EXPECT_EQ(result.width, each.to_width);
    EXPECT_EQ(result.height, each.to_height);
    const std::vector<float> values(result.values.begin(), result.values.end());
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(values))), each.numbers_sha256)
        << each.from_width << "x" << each.from_height << " to " << each.to_width << "x"
        << each.to_height;
  }
}

}  // namespace
}  // namespace effgate
