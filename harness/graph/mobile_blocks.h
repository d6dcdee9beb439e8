#pragma once

#include "harness/graph/block.h"

namespace effgate {

// The blocks of MobileNet and its descendants, as timm makes them (see BlockKind).
BlockValues build_conv_norm(BackboneLayers& layers, const Block& block, ValueId x);
BlockValues build_depthwise_separable(BackboneLayers& layers, const Block& block, ValueId x);
BlockValues build_inverted_residual(BackboneLayers& layers, const Block& block, ValueId x);
BlockValues build_edge_residual(BackboneLayers& layers, const Block& block, ValueId x);

}  // namespace effgate
