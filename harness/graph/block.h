#pragma once

#include <cstdint>
#include <string>

#include "harness/graph/backbone_layers.h"
#include "harness/graph/config.h"

namespace effgate {

// One block of a run, with what its place decides.
struct Block {
  std::string path;
  BlockRun run;
  int stride = 1;
};

struct BlockValues {
  ValueId result;
  ValueId before_projection;  // what the block's last convolution reads
};

// Declares and calls a block on `x`, whatever its kind.
BlockValues build_block(BackboneLayers& layers, const Block& block, ValueId x);

}  // namespace effgate
