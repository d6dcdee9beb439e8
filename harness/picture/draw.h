#pragma once

#include <string_view>

#include "harness/picture/picture.h"

namespace effgate {

// A box in pixels, x to the right and y down; may reach beyond the picture, may be no number.
struct DrawnBox {
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;
};

// A colour for each class from 1 on; neighbours differ, and they come again after twelve.
Colour class_colour(int class_number);

// The outline of a box, inside it, and above its top left corner (inside where there is no room)
// `label` on a ground of the same colour; digits, points and spaces. Line and letters grow with
// the picture.
void draw_box(Picture& picture, const DrawnBox& box, const Colour& colour, std::string_view label);

}  // namespace effgate
