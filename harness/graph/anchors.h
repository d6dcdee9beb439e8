#pragma once

#include <cstdint>
#include <vector>

#include "harness/graph/config.h"

namespace effgate {

// How many anchors the model has at its configured size, over all levels.
std::int64_t anchor_count(const ModelConfig& config);

// The anchors [N,4], rows y1,x1,y2,x2 in pixels, not clipped, bit for bit those of effdet: levels
// from min_level up, rows, columns, octaves, aspect ratios. Computed in float64, rounded once.
std::vector<float> make_anchors(const ModelConfig& config);

}  // namespace effgate
