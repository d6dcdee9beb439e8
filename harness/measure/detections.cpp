#include "harness/measure/detections.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "harness/measure/candidates.h"
#include "harness/measure/elements.h"
#include "harness/measure/suppression.h"

namespace effgate {
namespace {

constexpr std::size_t kCandidates = 5000;

// One pyramid level of both heads. The first anchor is that of its first cell.
struct HeadLevel {
  const HostTensor* logits = nullptr;
  const HostTensor* boxes = nullptr;
  std::int64_t first_anchor = 0;
  std::int64_t cells = 0;
  std::int64_t anchors_per_cell = 0;
};

Error no_detections(const std::string& why) {
  return Error{ErrorKind::bug, "taking detections: " + why};
}

const HostTensor* find_output(const std::vector<HostTensor>& outputs, const std::string& name) {
  const auto found = std::find_if(outputs.begin(), outputs.end(),
                                  [&](const HostTensor& output) { return output.name == name; });
  return found == outputs.end() ? nullptr : &*found;
}

bool box_form_fits(const HostTensor& boxes, const HeadLevel& level) {
  const std::vector<std::int64_t>& logits = level.logits->shape;
  const std::vector<std::int64_t> expected = {logits[0], level.anchors_per_cell * 4, logits[2],
                                              logits[3]};
  const auto bytes =
      static_cast<std::size_t>(expected[0] * expected[1] * expected[2] * expected[3]) *
      size_of(boxes.dtype);
  return boxes.shape == expected && boxes.bytes.size() == bytes;
}

Result<HeadLevel> head_level(const HostTensor& logits, const std::vector<HostTensor>& outputs,
                             std::int64_t num_classes, std::int64_t first_anchor) {
  const std::string box_name = "box/" + logits.name.substr(std::string("class/").size());
  if (logits.shape.size() != 4) return no_detections(logits.name + " is not [N,C,H,W]");
  HeadLevel level{&logits, find_output(outputs, box_name), first_anchor,
                  logits.shape[2] * logits.shape[3], logits.shape[1] / num_classes};
  if (level.boxes == nullptr) return no_detections("there is no " + box_name);
  if (!box_form_fits(*level.boxes, level)) {
    return no_detections(box_name + " does not fit " + logits.name);
  }
  return level;
}

Result<std::vector<HeadLevel>> head_levels(const std::vector<HostTensor>& outputs,
                                           const DetectionHead& head) {
  if (head.num_classes <= 0) return no_detections("there are no classes");
  std::vector<HeadLevel> levels;
  std::int64_t anchors = 0;
  for (const HostTensor& output : outputs) {
    if (!output.name.starts_with("class/")) continue;
    EFFGATE_ASSIGN(HeadLevel level, head_level(output, outputs, head.num_classes, anchors));
    anchors += level.cells * level.anchors_per_cell;
    levels.push_back(level);
  }
  if (anchors * 4 != static_cast<std::int64_t>(head.anchors.size())) {
    return no_detections("the outputs have " + std::to_string(anchors) + " anchors, not " +
                         std::to_string(head.anchors.size() / 4));
  }
  return levels;
}

// ty, tx, th, tw of one anchor.
Result<std::array<float, 4>> regression(const HeadLevel& level, std::int64_t image,
                                        std::int64_t anchor) {
  const std::int64_t cell = (anchor - level.first_anchor) / level.anchors_per_cell;
  const std::int64_t slot = (anchor - level.first_anchor) % level.anchors_per_cell;
  const std::int64_t channels = level.anchors_per_cell * 4;
  using Values = std::array<float, 4>;
  return with_elements(level.boxes->dtype, [&]<typename Elements>(Elements) -> Result<Values> {
    Values values{};
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t at = (image * channels + slot * 4 + i) * level.cells + cell;
      values[static_cast<std::size_t>(i)] = static_cast<float>(
          Elements::at(level.boxes->bytes.data() + static_cast<std::size_t>(at) * Elements::kSize));
    }
    return values;
  });
}

// In float32 throughout, in effdet's order of operations.
Detection decoded(std::span<const float> anchor, const std::array<float, 4>& regression) {
  const float y_centre_anchor = (anchor[0] + anchor[2]) / 2;
  const float x_centre_anchor = (anchor[1] + anchor[3]) / 2;
  const float anchor_height = anchor[2] - anchor[0];
  const float anchor_width = anchor[3] - anchor[1];
  const float width = std::exp(regression[3]) * anchor_width;
  const float height = std::exp(regression[2]) * anchor_height;
  const float y_centre = regression[0] * anchor_height + y_centre_anchor;
  const float x_centre = regression[1] * anchor_width + x_centre_anchor;
  return {x_centre - width / 2, y_centre - height / 2, x_centre + width / 2, y_centre + height / 2};
}

Result<std::vector<Detection>> decode_all(const std::vector<Candidate>& candidates,
                                          const std::vector<HeadLevel>& levels,
                                          const DetectionHead& head, std::int64_t image) {
  std::vector<Detection> boxes;
  boxes.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const auto above = std::upper_bound(
        levels.begin(), levels.end(), candidate.anchor,
        [](std::int64_t anchor, const HeadLevel& level) { return anchor < level.first_anchor; });
    EFFGATE_ASSIGN(const auto codes, regression(*std::prev(above), image, candidate.anchor));
    Detection box =
        decoded(head.anchors.subspan(static_cast<std::size_t>(candidate.anchor) * 4, 4), codes);
    box.score = static_cast<float>(1 / (1 + std::exp(-candidate.logit)));
    box.class_number = static_cast<float>(candidate.class_index + 1);
    boxes.push_back(box);
  }
  return boxes;
}

// To the extent of the scaled picture, which may end between two pixels; in float32 as effdet does.
void clip(Detection& box, const PictureSize& picture) {
  const float width = static_cast<float>(picture.width) / static_cast<float>(picture.scale_x);
  const float height = static_cast<float>(picture.height) / static_cast<float>(picture.scale_y);
  box.x1 = std::clamp(box.x1, 0.0F, width);
  box.x2 = std::clamp(box.x2, 0.0F, width);
  box.y1 = std::clamp(box.y1, 0.0F, height);
  box.y2 = std::clamp(box.y2, 0.0F, height);
}

void scale_boxes(std::span<Detection> boxes, const PictureSize& picture) {
  const auto across = static_cast<float>(picture.scale_x);
  const auto down = static_cast<float>(picture.scale_y);
  for (Detection& box : boxes) {
    box.x1 *= across;
    box.y1 *= down;
    box.x2 *= across;
    box.y2 *= down;
  }
}

}  // namespace

Result<Detections> detect(const std::vector<HostTensor>& outputs, const DetectionHead& head,
                          std::int64_t image, const DetectionOptions& options) {
  EFFGATE_ASSIGN(const std::vector<HeadLevel> levels, head_levels(outputs, head));
  std::vector<ClassLevel> class_levels;
  for (const HeadLevel& level : levels) class_levels.push_back({level.logits, level.first_anchor});
  EFFGATE_ASSIGN(const std::vector<Candidate> candidates,
                 top_candidates(class_levels, head.num_classes, image, kCandidates));
  EFFGATE_ASSIGN(std::vector<Detection> boxes, decode_all(candidates, levels, head, image));
  if (options.picture) {
    for (Detection& box : boxes) clip(box, *options.picture);
  }
  KeptBoxes kept = options.soft ? suppress_softly(std::move(boxes)) : suppress(boxes);
  if (options.picture) scale_boxes(std::span(kept.rows).first(kept.count), *options.picture);
  return kept.rows;
}

}  // namespace effgate
