#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;

TEST(ConstantPad, surrounds_with_left_right_top_bottom) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 1, 2}, {1, 2}});
  const std::array<std::int64_t, 4> pads{1, 2, 0, 1};
  const Array out = to_array(*constant_pad(session, x, pads.data(), 9));
  EXPECT_THAT(out.dims, ElementsAre(1, 1, 2, 5));
  EXPECT_THAT(out.values, ElementsAre(9, 1, 2, 9, 9, 9, 9, 9, 9, 9));
}

TEST(ConstantPad, cuts_where_a_pad_is_negative_and_refuses_to_leave_nothing) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}});
  const std::array<std::int64_t, 4> pads{-1, 1, 0, -1};
  EXPECT_THAT(to_array(*constant_pad(session, x, pads.data(), 0)).values, ElementsAre(2, 3, 0));
  const std::array<std::int64_t, 4> all{-3, 0, 0, 0};
  EXPECT_FALSE(constant_pad(session, x, all.data(), 0).ok());
}

TEST(UpsampleNearest, repeats_the_pixel_whose_area_it_lies_in) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 1, 3}, {1, 2, 3}});
  EXPECT_THAT(to_array(*upsample_nearest2d(session, x, 1, 6)).values,
              ElementsAre(1, 1, 2, 2, 3, 3));
  EXPECT_THAT(to_array(*upsample_nearest2d(session, x, 1, 5)).values, ElementsAre(1, 1, 2, 2, 3));
  EXPECT_THAT(to_array(*upsample_nearest2d(session, x, 2, 2)).values, ElementsAre(1, 2, 1, 2));
}

// Centres at (i + 0.5) / 2 - 0.5 = -0.25, 0.25, 0.75, 1.25, cut at both ends.
TEST(UpsampleBilinear, blends_neighbours_by_the_distance_of_centres) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 1, 2}, {0, 4}});
  EXPECT_THAT(to_array(*upsample_bilinear2d(session, x, 1, 4)).values, ElementsAre(0, 1, 3, 4));
  const auto y = to_tensor(session, {{1, 1, 2, 2}, {0, 4, 8, 12}});
  EXPECT_THAT(to_array(*upsample_bilinear2d(session, y, 4, 4)).values,
              ElementsAre(0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12));
}

TEST(Resampling, to_the_same_size_changes_nothing_and_to_no_size_is_refused) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, random_array({2, 3, 5, 7}, 1), EFFGATE_BFLOAT16);
  EXPECT_TRUE(same_bytes(x, *upsample_nearest2d(session, x, 5, 7)));
  EXPECT_TRUE(same_bytes(x, *upsample_bilinear2d(session, x, 5, 7)));
  EXPECT_FALSE(upsample_nearest2d(session, x, 0, 7).ok());
  EXPECT_FALSE(upsample_bilinear2d(session, x, 5, -1).ok());
}

}  // namespace
}  // namespace effgate
