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

struct Wiring {
  FpnWiring name;
  int min_level, max_level;
  std::span<const FpnNode> nodes;
};
constexpr std::array<Wiring, 2> kWirings{{
    {FpnWiring::bifpn, 3, 7, kBifpn3To7},
    {FpnWiring::bifpn, 3, 8, kBifpn3To8},
}};

}  // namespace

std::span<const FpnNode> fpn_nodes(FpnWiring wiring, int min_level, int max_level) {
  const auto found = std::ranges::find_if(kWirings, [&](const Wiring& w) {
    return w.name == wiring && w.min_level == min_level && w.max_level == max_level;
  });
  return found == kWirings.end() ? std::span<const FpnNode>{} : found->nodes;
}

}  // namespace effgate
