#include "harness/picture/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/picture/font.h"

namespace effgate {
namespace {

constexpr std::array<Colour, 12> kColours = {{{230, 25, 75},
                                              {60, 180, 75},
                                              {255, 225, 25},
                                              {0, 130, 200},
                                              {245, 130, 48},
                                              {145, 30, 180},
                                              {70, 240, 240},
                                              {240, 50, 230},
                                              {210, 245, 60},
                                              {0, 128, 128},
                                              {250, 190, 212},
                                              {170, 110, 40}}};

constexpr Colour kBlack = {0, 0, 0};
constexpr Colour kWhite = {255, 255, 255};

// Whole pixels, the end not included.
struct Area {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t right = 0;
  std::int64_t bottom = 0;
};

std::int64_t pixel(double position, std::int64_t size) {
  if (std::isnan(position)) return 0;
  return static_cast<std::int64_t>(
      std::clamp(std::round(position), 0.0, static_cast<double>(size)));
}

void fill(Picture& picture, const Area& area, const Colour& colour) {
  const std::int64_t left = std::max<std::int64_t>(area.left, 0);
  const std::int64_t right = std::min(area.right, picture.width);
  for (std::int64_t y = std::max<std::int64_t>(area.top, 0);
       y < std::min(area.bottom, picture.height); ++y) {
    for (std::int64_t x = left; x < right; ++x)
      std::copy(colour.begin(), colour.end(), picture.row(y) + 3 * x);
  }
}

void outline(Picture& picture, const Area& area, std::int64_t thickness, const Colour& colour) {
  const auto [left, top, right, bottom] = area;
  const std::int64_t across = std::min(thickness, right - left);
  const std::int64_t down = std::min(thickness, bottom - top);
  fill(picture, {left, top, right, top + down}, colour);
  fill(picture, {left, bottom - down, right, bottom}, colour);
  fill(picture, {left, top, left + across, bottom}, colour);
  fill(picture, {right - across, top, right, bottom}, colour);
}

// Black on light grounds, white on dark ones (luma of ITU-R BT.601).
Colour ink_on(const Colour& ground) {
  const int luma = (299 * ground[0] + 587 * ground[1] + 114 * ground[2]) / 1000;
  return luma > 140 ? kBlack : kWhite;
}

void write_glyph(Picture& picture, char character, std::int64_t left, std::int64_t top,
                 std::int64_t unit, const Colour& ink) {
  const auto rows = glyph(character);
  for (int y = 0; y < kGlyphHeight; ++y) {
    for (int x = 0; x < kGlyphWidth; ++x) {
      if ((rows[static_cast<std::size_t>(y)] >> (kGlyphWidth - 1 - x) & 1) == 0) continue;
      const std::int64_t at_x = left + x * unit, at_y = top + y * unit;
      fill(picture, {at_x, at_y, at_x + unit, at_y + unit}, ink);
    }
  }
}

// `unit` is the side of a glyph's pixel; letters stand one apart, one unit from the ground's edge.
void write_label(Picture& picture, const Area& box, std::string_view text, std::int64_t unit,
                 const Colour& ground) {
  const std::int64_t width =
      (static_cast<std::int64_t>(text.size()) * (kGlyphWidth + 1) + 1) * unit;
  const std::int64_t height = (kGlyphHeight + 2) * unit;
  const std::int64_t left = std::max<std::int64_t>(std::min(box.left, picture.width - width), 0);
  const std::int64_t top = box.top >= height ? box.top - height : box.top;
  fill(picture, {left, top, left + width, top + height}, ground);
  std::int64_t at = left + unit;
  for (const char character : text) {
    write_glyph(picture, character, at, top + unit, unit, ink_on(ground));
    at += (kGlyphWidth + 1) * unit;
  }
}

}  // namespace

Colour class_colour(int class_number) {
  const auto count = static_cast<int>(kColours.size());
  return kColours[static_cast<std::size_t>(((class_number - 1) % count + count) % count)];
}

void draw_box(Picture& picture, const DrawnBox& box, const Colour& colour, std::string_view label) {
  const Area area{pixel(box.x1, picture.width), pixel(box.y1, picture.height),
                  pixel(box.x2, picture.width), pixel(box.y2, picture.height)};
  constexpr std::int64_t kPixelsPerUnit = 480;
  const std::int64_t unit =
      std::max<std::int64_t>(std::min(picture.width, picture.height) / kPixelsPerUnit, 1);
  outline(picture, area, 2 * unit, colour);
  write_label(picture, area, label, unit, colour);
}

}  // namespace effgate
