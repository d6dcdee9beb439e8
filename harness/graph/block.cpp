#include "harness/graph/block.h"

#include <array>

#include "harness/graph/mobile_blocks.h"
#include "harness/graph/residual_blocks.h"

namespace effgate {
namespace {

struct Kind {
  BlockKind kind;
  BlockValues (*build)(BackboneLayers& layers, const Block& block, ValueId x);
};
constexpr std::array<Kind, kBlockKindCount> kKinds{{
    {BlockKind::conv_norm, build_conv_norm},
    {BlockKind::depthwise_separable, build_depthwise_separable},
    {BlockKind::inverted_residual, build_inverted_residual},
    {BlockKind::edge_residual, build_edge_residual},
    {BlockKind::bottleneck, build_bottleneck},
    {BlockKind::cross_stage_bottleneck, build_cross_stage_bottleneck},
    {BlockKind::dark, build_dark},
}};

constexpr bool kinds_are_in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].kind != static_cast<BlockKind>(i)) return false;
  }
  return true;
}
static_assert(kinds_are_in_order());

}  // namespace

BlockValues build_block(BackboneLayers& layers, const Block& block, ValueId x) {
  return kKinds.at(static_cast<std::size_t>(block.run.block)).build(layers, block, x);
}

}  // namespace effgate
