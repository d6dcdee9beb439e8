#include "harness/graph/padding.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

using Margins = std::array<std::int64_t, 4>;
using Sides = std::array<std::int64_t, 2>;

// TensorFlow's published examples of SAME: 3x3 stride 2 on an even map pads 0 before and 1 after,
// 5x5 pads 1 and 2; on an odd map both sides are alike.
TEST(Padding, puts_the_odd_cell_of_same_right_and_bottom) {
  const auto three = window_padding(PaddingStyle::same, {512, 512}, {3, 3}, {2, 2});
  EXPECT_TRUE(three.has_margins);
  EXPECT_EQ(three.margins, (Margins{0, 1, 0, 1}));
  EXPECT_EQ(three.inside, (Sides{0, 0}));
  const auto five = window_padding(PaddingStyle::same, {128, 128}, {5, 5}, {2, 2});
  EXPECT_EQ(five.margins, (Margins{1, 2, 1, 2}));
  const auto odd = window_padding(PaddingStyle::same, {5, 5}, {3, 3}, {2, 2});
  EXPECT_EQ(odd.margins, (Margins{1, 1, 1, 1}));
}

TEST(Padding, tells_height_from_width) {
  const auto padding = window_padding(PaddingStyle::same, {5, 8}, {3, 3}, {2, 2});
  EXPECT_EQ(padding.margins, (Margins{0, 1, 1, 1}));  // left, right, top, bottom
}

TEST(Padding, leaves_same_with_stride_one_to_the_call) {
  const auto padding = window_padding(PaddingStyle::same, {64, 64}, {5, 5}, {1, 1});
  EXPECT_FALSE(padding.has_margins);
  EXPECT_EQ(padding.inside, (Sides{2, 2}));
  EXPECT_EQ(window_padding(PaddingStyle::same, {64, 64}, {1, 1}, {1, 1}).inside, (Sides{0, 0}));
}

TEST(Padding, pads_apart_wherever_it_pads_at_all) {
  const auto padding = window_padding(PaddingStyle::same_apart, {64, 64}, {5, 5}, {1, 1});
  EXPECT_TRUE(padding.has_margins);
  EXPECT_EQ(padding.margins, (Margins{2, 2, 2, 2}));
  EXPECT_EQ(padding.inside, (Sides{0, 0}));
  EXPECT_FALSE(window_padding(PaddingStyle::same_apart, {64, 64}, {1, 1}, {1, 1}).has_margins);
}

TEST(Padding, pads_both_sides_alike_where_symmetric) {
  const auto three = window_padding(PaddingStyle::symmetric, {512, 512}, {3, 3}, {2, 2});
  EXPECT_FALSE(three.has_margins);
  EXPECT_EQ(three.inside, (Sides{1, 1}));
  EXPECT_EQ(window_padding(PaddingStyle::symmetric, {512, 512}, {5, 5}, {2, 2}).inside,
            (Sides{2, 2}));
}

}  // namespace
}  // namespace effgate
