#pragma once

#include <string>
#include <vector>

#include "harness/cell/protocol.h"
#include "harness/cli/console.h"
#include "harness/measure/detections.h"
#include "harness/picture/picture.h"

namespace effgate {

// What `effgate detect` found on a picture, and with what. Boxes are in the picture's pixels.
struct PictureDetections {
  std::string image;
  std::string model;
  std::string checkpoint;
  std::string library;
  std::string dtype;
  std::int64_t input_height = 0;
  std::int64_t input_width = 0;
  ScaledPicture picture;
  bool soft_nms = false;
  std::vector<Detection> rows;  // best first
};

// A box wholly beside the picture is clipped to its edge, and effdet lists it all the same.
bool has_area(const Detection& row);

// {"schema": "effgate.detect/1", …, "detections": [{"class", "score", "box": [x1,y1,x2,y2]}]}
void print_detections_json(Console& console, const PictureDetections& found);
// One line a detection.
void print_detections_table(Console& console, const PictureDetections& found);
// A box a detection that has an area, labelled with class and score, the best on top.
void draw_detections(Picture& picture, const std::vector<Detection>& rows);

}  // namespace effgate
