#include "harness/measure/suppression.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace effgate {
namespace {

constexpr double kMaxOverlap = 0.5;
constexpr float kSigma = 0.5F;
constexpr float kLeastScore = 0.001F;

float area(const Detection& box) { return (box.x2 - box.x1) * (box.y2 - box.y1); }

// Intersection over union; 0 for boxes without area.
float overlap(const Detection& a, const Detection& b) {
  const float width = std::max(0.0F, std::min(a.x2, b.x2) - std::max(a.x1, b.x1));
  const float height = std::max(0.0F, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const float common = width * height;
  return common > 0 ? common / (area(a) + area(b) - common) : 0;
}

bool suppresses(const Detection& better, const Detection& box) {
  return better.class_number == box.class_number && overlap(better, box) > kMaxOverlap;
}

void lower_scores(std::vector<Detection>& boxes, const Detection& better) {
  for (Detection& box : boxes) {
    if (box.class_number != better.class_number) continue;
    const float common = overlap(better, box);
    if (common > 0) box.score *= std::exp(-common * common / kSigma);
  }
}

}  // namespace

KeptBoxes suppress(const std::vector<Detection>& boxes) {
  KeptBoxes kept;
  for (const Detection& box : boxes) {
    const auto better = std::span(kept.rows).first(kept.count);
    const auto covers = [&](const Detection& other) { return suppresses(other, box); };
    if (std::any_of(better.begin(), better.end(), covers)) continue;
    kept.rows[kept.count++] = box;
    if (kept.count == kept.rows.size()) break;
  }
  return kept;
}

KeptBoxes suppress_softly(std::vector<Detection> boxes) {
  KeptBoxes kept;
  while (!boxes.empty() && kept.count < kept.rows.size()) {
    const auto best =
        std::max_element(boxes.begin(), boxes.end(),
                         [](const Detection& a, const Detection& b) { return a.score < b.score; });
    const Detection better = *best;
    kept.rows[kept.count++] = better;
    boxes.erase(best);
    lower_scores(boxes, better);
    std::erase_if(boxes, [](const Detection& box) { return box.score <= kLeastScore; });
  }
  return kept;
}

}  // namespace effgate
