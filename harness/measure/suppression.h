#pragma once

#include <vector>

#include "harness/measure/detections.h"

namespace effgate {

// What is kept of decoded boxes, best first, unused rows zero; at most as many as there are rows.
// Boxes only ever bear on others of their class.
struct KeptBoxes {
  Detections rows{};
  std::size_t count = 0;
};

// Leaves out each box that overlaps a kept, better one by more than half (IoU). REQUIRES: best
// first.
KeptBoxes suppress(const std::vector<Detection>& boxes);

// Gaussian soft suppression as effdet does it: the best box is kept, every other score multiplied
// by exp(-IoU^2/0.5), scores of at most 0.001 dropped, and so on with what remains. Scores are the
// lowered ones.
KeptBoxes suppress_softly(std::vector<Detection> boxes);

}  // namespace effgate
