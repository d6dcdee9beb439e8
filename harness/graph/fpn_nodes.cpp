#include "harness/graph/fpn_nodes.h"

#include <algorithm>

namespace effgate {
namespace {

constexpr int x = kNoInput;

// Top down, then bottom up.
constexpr std::array<FpnNode, 8> kBifpn3To7{{
    {6, {3, 4, x}},
    {5, {2, 5, x}},
    {4, {1, 6, x}},
    {3, {0, 7, x}},
    {4, {1, 7, 8}},
    {5, {2, 6, 9}},
    {6, {3, 5, 10}},
    {7, {4, 11, x}},
}};
constexpr std::array<FpnNode, 10> kBifpn3To8{{
    {7, {4, 5, x}},
    {6, {3, 6, x}},
    {5, {2, 7, x}},
    {4, {1, 8, x}},
    {3, {0, 9, x}},
    {4, {1, 9, 10}},
    {5, {2, 8, 11}},
    {6, {3, 7, 12}},
    {7, {4, 6, 13}},
    {8, {5, 14, x}},
}};
// Top down and bottom up as above; bottom up and top down over the incoming levels again; then the
// fusion of both on every level.
constexpr std::array<FpnNode, 21> kQuad3To7{{
    {6, {3, 4, x}},   {5, {2, 5, x}},  {4, {1, 6, x}},   {3, {0, 7, x}},   {4, {1, 7, 8}},
    {5, {2, 6, 9}},   {6, {3, 5, 10}}, {7, {4, 11, x}},  {4, {1, 0, x}},   {5, {2, 13, x}},
    {6, {3, 14, x}},  {7, {4, 15, x}}, {6, {3, 15, 16}}, {5, {2, 14, 17}}, {4, {1, 13, 18}},
    {3, {0, 19, x}},  {3, {8, 20, x}}, {4, {9, 19, x}},  {5, {10, 18, x}}, {6, {11, 17, x}},
    {7, {12, 16, x}},
}};
// Path aggregation: top down over all levels, then bottom up over what that gave.
constexpr std::array<FpnNode, 10> kPan3To7{{
    {7, {4, x, x}},
    {6, {3, 5, x}},
    {5, {2, 6, x}},
    {4, {1, 7, x}},
    {3, {0, 8, x}},
    {3, {9, x, x}},
    {4, {8, 10, x}},
    {5, {7, 11, x}},
    {6, {6, 12, x}},
    {7, {5, 13, x}},
}};

struct Wiring {
  FpnWiring name;
  int min_level, max_level;
  std::span<const FpnNode> nodes;
};
constexpr std::array<Wiring, 4> kWirings{{
    {FpnWiring::bifpn, 3, 7, kBifpn3To7},
    {FpnWiring::bifpn, 3, 8, kBifpn3To8},
    {FpnWiring::quad, 3, 7, kQuad3To7},
    {FpnWiring::pan, 3, 7, kPan3To7},
}};

}  // namespace

std::span<const FpnNode> fpn_nodes(FpnWiring wiring, int min_level, int max_level) {
  const auto found = std::ranges::find_if(kWirings, [&](const Wiring& w) {
    return w.name == wiring && w.min_level == min_level && w.max_level == max_level;
  });
  return found == kWirings.end() ? std::span<const FpnNode>{} : found->nodes;
}

}  // namespace effgate
