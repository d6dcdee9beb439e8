#pragma once

#include "harness/graph/block.h"

namespace effgate {

// The blocks of ResNet, of ResNet and ResNeXt inside of cross stages, and of DarkNet, as timm makes
// them (see BlockKind).
BlockValues build_bottleneck(BackboneLayers& layers, const Block& block, ValueId x);
BlockValues build_cross_stage_bottleneck(BackboneLayers& layers, const Block& block, ValueId x);
BlockValues build_dark(BackboneLayers& layers, const Block& block, ValueId x);

}  // namespace effgate
