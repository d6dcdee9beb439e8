#include "harness/picture/zero_padded.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "harness/base/hash.h"
#include "harness/picture/test_pattern.h"

namespace effgate {
namespace {

constexpr std::array<double, 3> kMean = {0.485, 0.456, 0.406};
constexpr std::array<double, 3> kDeviation = {0.229, 0.224, 0.225};
constexpr ZeroPadding kZylo{kMean, kDeviation, true, false};
constexpr ZeroPadding kMmdet{kMean, kDeviation, false, true};

struct Prepared {
  std::int64_t from_width, from_height, to_height, to_width;
  std::int64_t zylo_width, zylo_height, mmdet_width, mmdet_height;
  std::string zylo_sha256, mmdet_sha256;
};

// Of the float32 [3,H,W] that NumPy 1.26.4 and OpenCV 4.11.0 for x86-64 make as zylo117's
// utils/utils.py preprocess() calls them (its square canvas at the size given), and as mmcv's
// imrescale() and mmdet's DetDataPreprocessor do with mmdetection's EfficientDet configurations.
const Prepared kByPython[] = {
    {64, 48, 128, 128, 128, 96, 128, 96,
     "d7d8e80843c3dff0ddb6d55c60ab764a07c297c075ca6d48b2f44e5695403dae",
     "8d42c36e0ec330d55c12dc59e9cdf804b37805ec7545850a2cbc7de29e57ba17"},
    {100, 150, 96, 64, 64, 96, 64, 96,
     "f4b6eb0ab21e60b981e2aaae537c56351016861f156122e87c6f82066484d54f",
     "6a4d639a16717a010c6fb83fb8295b47236f6670e861f489220269064d2f51fb"},
    {427, 640, 512, 512, 341, 512, 342, 512,
     "160a09956366c3d378df4c6044f71bdd552b3407cf2bbd45045d11438a7019bf",
     "07a2ec3cb038610957de76ccf79189a67fb378af3a0dea8ed26b2ba01321f95a"},
    {90, 61, 320, 320, 320, 216, 320, 217,
     "5f462412792d8068fb9b74e9530efbed0db2a8caf0b590bc828bcef4d7cd0954",
     "99b709cdee9a16f0fdc37ac8b4256d0dbf6f412df5e5fc179642a49b7f86b73c"},
    {40, 30, 32, 96, 42, 32, 43, 32,
     "3dbc3fd1841190ce38902b34980f2e86f0fdd42c495c19a09f8f3344173782ec",
     "5cfa954a7c8742960951f1ddb8599ed16aede6f4e27429d1e99a2b75596f65af"},
    {256, 128, 128, 128, 128, 64, 128, 64,
     "f2ed69493cea999225e9d44aba831dc571250ac97192bd2a57c1d09ec671f6e9",
     "069089b7ef36bb8973ffc6c4d6929cabb9b0c4bbae303ae20ea0062f0590ab5f"},
    {128, 128, 128, 128, 128, 128, 128, 128,
     "e978881797128b150cdfeca8ff2c555aa5ace48b5b8409ed32f534f487674e6c",
     "9379e419acfb8eff7f46411313dfe0c170a6d4a7358d9f090134566de715df4e"},
};

void expect_prepared(const Prepared& each, const ZeroPadding& how, std::int64_t width,
                     std::int64_t height, const std::string& sha256) {
  const Picture picture = test_pattern(each.from_width, each.from_height);
  const auto prepared = zero_padded(picture, each.to_height, each.to_width, how);
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  EXPECT_EQ(sha256_hex(std::as_bytes(std::span(prepared->planes))), sha256)
      << each.from_width << "x" << each.from_height;
  EXPECT_EQ(prepared->scale_x, static_cast<double>(each.from_width) / static_cast<double>(width));
  EXPECT_EQ(prepared->scale_y, static_cast<double>(each.from_height) / static_cast<double>(height));
}

TEST(ZeroPadded, gives_the_input_that_zylo117_gives) {
  for (const Prepared& each : kByPython)
    expect_prepared(each, kZylo, each.zylo_width, each.zylo_height, each.zylo_sha256);
}

TEST(ZeroPadded, gives_the_input_that_mmdetection_gives) {
  for (const Prepared& each : kByPython)
    expect_prepared(each, kMmdet, each.mmdet_width, each.mmdet_height, each.mmdet_sha256);
}

TEST(ZeroPadded, refuses_a_picture_of_which_no_pixel_is_left) {
  EXPECT_TRUE(zero_padded(test_pattern(1000, 10), 128, 128, kZylo).ok());
  const auto prepared = zero_padded(test_pattern(1000, 1), 128, 128, kZylo);
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace effgate
