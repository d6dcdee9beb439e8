#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "harness/graph/config.h"

namespace effgate {

inline constexpr int kNoInput = -1;

// One node of a pyramid cell. Inputs 0 … levels-1 are what the cell gets, finest level first;
// node n makes input levels+n. A cell returns its last `levels` nodes.
struct FpnNode {
  int level;
  std::array<int, 3> inputs;  // kNoInput after the last
};

// The nodes of a wiring; empty where it is not defined for these levels.
std::span<const FpnNode> fpn_nodes(FpnWiring wiring, int min_level, int max_level);

}  // namespace effgate
