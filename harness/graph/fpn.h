#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "harness/graph/builder.h"
#include "harness/graph/config.h"

namespace effgate {

// Height and width of a level's feature map: every level has half the cells of the one below it,
// rounded up; level 0 is the image.
using MapSize = std::array<std::int64_t, 2>;
MapSize level_size(MapSize image, int level);

// Declares and calls the pyramid on P3, P4, P5; its outputs from min_level up.
std::vector<ValueId> build_fpn(NetworkBuilder& builder, const ModelConfig& config,
                               std::vector<ValueId> features);

}  // namespace effgate
