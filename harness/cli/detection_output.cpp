#include "harness/cli/detection_output.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <functional>

#include "harness/base/counted.h"
#include "harness/base/text.h"
#include "harness/cli/json_output.h"
#include "harness/picture/draw.h"

namespace effgate {
namespace {

Json row_json(const Detection& row) {
  return Json{{"class", static_cast<int>(row.class_number)},
              {"score", row.score},
              {"box", {row.x1, row.y1, row.x2, row.y2}}};
}

std::int64_t without_area(const std::vector<Detection>& rows) {
  return std::ranges::count_if(rows, std::not_fn(has_area));
}

}  // namespace

bool has_area(const Detection& row) { return row.x2 > row.x1 && row.y2 > row.y1; }

void print_detections_json(Console& console, const PictureDetections& found) {
  Json rows = Json::array();
  for (const Detection& row : found.rows) rows.push_back(row_json(row));
  print_json(console, Json{{"schema", "effgate.detect/1"},
                           {"image", found.image},
                           {"width", static_cast<std::int64_t>(found.picture.width)},
                           {"height", static_cast<std::int64_t>(found.picture.height)},
                           {"model", found.model},
                           {"checkpoint", found.checkpoint},
                           {"library", found.library},
                           {"dtype", found.dtype},
                           {"input",
                            {{"height", found.input_height},
                             {"width", found.input_width},
                             {"scale", found.picture.scale},
                             {"scale_y", found.picture.scale_y}}},
                           {"soft_nms", found.soft_nms},
                           {"without_area", without_area(found.rows)},
                           {"detections", rows}});
}

void print_detections_table(Console& console, const PictureDetections& found) {
  fmt::print(console.out(), "{} ({}x{}): {} by {} on {}\n", printable_utf8(found.image),
             found.picture.width, found.picture.height,
             counted(static_cast<long long>(found.rows.size()), "detection"), found.model,
             found.library);
  fmt::print(console.out(), "{:>5} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "class", "score", "x1", "y1",
             "x2", "y2");
  for (const Detection& row : found.rows) {
    fmt::print(console.out(), "{:>5} {:>7.4f} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f}\n",
               static_cast<int>(row.class_number), row.score, row.x1, row.y1, row.x2, row.y2);
  }
  if (const std::int64_t flat = without_area(found.rows); flat > 0)
    console.note(fmt::format("{} beside the picture: a box without area, as effdet lists it too",
                             counted(flat, "detection")));
}

void draw_detections(Picture& picture, const std::vector<Detection>& rows) {
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (!has_area(*row)) continue;
    const int class_number = static_cast<int>(row->class_number);
    draw_box(picture, {row->x1, row->y1, row->x2, row->y2}, class_colour(class_number),
             fmt::format("{} {:.2f}", class_number, row->score));
  }
}

}  // namespace effgate
