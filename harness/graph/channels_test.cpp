#include "harness/graph/channels.h"

#include <gtest/gtest.h>

#include <utility>

namespace effgate {
namespace {

// By hand: 19.2 is nearest to 16, but that is less than nine tenths of it.
TEST(Channels, are_rounded_to_eight_but_not_far_down) {
  const std::pair<double, std::int64_t> cases[] = {{1, 8},     {8.8, 8},   {9, 16},
                                                   {17.6, 16}, {18, 24},   {19.2, 24},
                                                   {20, 24},   {51.2, 48}, {256, 256}};
  for (const auto& [exact, rounded] : cases) EXPECT_EQ(round_channels(exact), rounded) << exact;
}

}  // namespace
}  // namespace effgate
