#include "harness/picture/draw.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace effgate {
namespace {

constexpr Colour kGround = {9, 9, 9};
constexpr Colour kRed = {200, 0, 0};

// '#' where the picture has the colour, 'o' where it is untouched, '?' else.
std::vector<std::string> drawing(const Picture& picture, const Colour& colour) {
  std::vector<std::string> rows;
  for (std::int64_t y = 0; y < picture.height; ++y) {
    std::string row;
    for (std::int64_t x = 0; x < picture.width; ++x) {
      const std::uint8_t* at = picture.row(y) + 3 * x;
      const Colour pixel = {at[0], at[1], at[2]};
      row += pixel == colour ? '#' : pixel == kGround ? 'o' : '?';
    }
    rows.push_back(row);
  }
  return rows;
}

TEST(Draw, a_box_is_outlined_inside_its_edges) {
  Picture picture = Picture::filled(12, 20, kGround);
  draw_box(picture, {2, 11, 10, 19}, kRed, "");
  const std::vector<std::string> rows = drawing(picture, kRed);
  EXPECT_EQ(rows[10].substr(3), "ooooooooo");
  EXPECT_EQ(rows[11], "oo########oo");
  EXPECT_EQ(rows[12], "oo########oo");
  EXPECT_EQ(rows[13], "oo##oooo##oo");
  EXPECT_EQ(rows[18], "oo########oo");
  EXPECT_EQ(rows[19], "oooooooooooo");
}

// The ground of "1" is 7 x 9 and stands on the box's top edge; the digit's stem is its middle.
TEST(Draw, the_label_stands_above_the_box) {
  Picture picture = Picture::filled(20, 30, kGround);
  draw_box(picture, {4, 15, 18, 28}, kRed, "1");
  const std::vector<std::string> rows = drawing(picture, kRed);
  EXPECT_EQ(rows[5], "oooooooooooooooooooo");
  EXPECT_EQ(rows[6], "oooo#######ooooooooo");
  EXPECT_EQ(rows[7], "oooo###?###ooooooooo");
  EXPECT_EQ(rows[8], "oooo##??###ooooooooo");
  EXPECT_EQ(rows[13], "oooo##???##ooooooooo");
  EXPECT_EQ(rows[14], "oooo#######ooooooooo");
}

TEST(Draw, a_label_stays_in_the_picture) {
  Picture picture = Picture::filled(30, 30, kGround);
  draw_box(picture, {25, 2, 30, 29}, kRed, "12");
  const std::vector<std::string> rows = drawing(picture, kRed);
  EXPECT_EQ(rows[1], "oooooooooooooooooooooooooooooo");
  EXPECT_EQ(rows[2].find('#'), 17u);
}

TEST(Draw, boxes_beyond_the_picture_or_without_numbers_do_no_harm) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  Picture picture = Picture::filled(16, 16, kGround);
  for (const DrawnBox& box : {DrawnBox{-100, -100, 1e9, 1e9}, DrawnBox{nan, nan, nan, nan},
                              DrawnBox{-inf, 5, inf, 3}, DrawnBox{20, 20, 30, 30}})
    draw_box(picture, box, kRed, "7 0.99");
  EXPECT_EQ(picture.bytes.size(), 16u * 16u * 3u);
  EXPECT_EQ(drawing(picture, kRed)[15], "################");
}

TEST(Draw, neighbouring_classes_have_different_colours) {
  EXPECT_NE(class_colour(1), class_colour(2));
  EXPECT_NE(class_colour(12), class_colour(13));
  EXPECT_EQ(class_colour(1), class_colour(13));
}

}  // namespace
}  // namespace effgate
