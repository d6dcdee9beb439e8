#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/base/result.h"

namespace effgate {

inline constexpr std::size_t kDetectionsPerImage = 100;

// One row of detections, in pixels of the network's input or of the original image.
struct Detection {
  float x1 = 0;
  float y1 = 0;
  float x2 = 0;
  float y2 = 0;
  float score = 0;
  float class_number = 0;  // from 1; 0 is an unused row

  friend bool operator==(const Detection&, const Detection&) = default;
};
using Detections = std::array<Detection, kDetectionsPerImage>;

// Of the picture that was scaled to make the input: boxes are clipped to it and given in its own
// pixels.
struct PictureSize {
  double width = 0;
  double height = 0;
  double scale_x = 1;  // picture pixels per input pixel
  double scale_y = 1;
};

// What the post-processing needs to know of a network.
struct DetectionHead {
  std::int64_t num_classes = 90;
  // [anchors,4] rows y1,x1,y2,x2, as graph/anchors.h makes them.
  std::span<const float> anchors;
};

struct DetectionOptions {
  std::optional<PictureSize> picture;
  bool soft =
      false;  // lower the scores of boxes that overlap a better one instead of dropping them
};

// effdet's post-processing of image `image`: the 5000 largest class logits, sigmoid, boxes decoded
// in float32, suppression (see suppression.h), the first 100. `outputs` are class/L and box/L of
// the levels, as Executor gives them.
Result<Detections> detect(const std::vector<HostTensor>& outputs, const DetectionHead& head,
                          std::int64_t image, const DetectionOptions& options = {});

}  // namespace effgate
