#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/base/result.h"

namespace effgate {

// One (anchor, class) pair of an image with its logit. Anchors count levels from the lowest, then
// rows, columns and the anchors of a cell.
struct Candidate {
  double logit = 0;
  std::int64_t anchor = 0;
  std::int64_t class_index = 0;  // from 0
};

// The class logits of one pyramid level, [N, anchors_per_cell * num_classes, H, W].
struct ClassLevel {
  const HostTensor* logits = nullptr;
  std::int64_t first_anchor = 0;  // number of anchors on the levels below
};

// The `count` candidates of image `image` with the largest logits, largest first; equal logits in
// the order of (anchor, class). NaN is no candidate. Fewer come back only where fewer exist.
Result<std::vector<Candidate>> top_candidates(const std::vector<ClassLevel>& levels,
                                              std::int64_t num_classes, std::int64_t image,
                                              std::size_t count);

}  // namespace effgate
