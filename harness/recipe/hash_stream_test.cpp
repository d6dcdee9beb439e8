#include "harness/recipe/hash_stream.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

// Expected numbers: the test vectors of recipe v1, seed 1.
TEST(HashStream, gives_the_published_numbers) {
  EXPECT_EQ(fnv1a("input"), 0x1ebbae8f5810b65b);
  EXPECT_EQ(HashStream("input", 1).base(), 0xd8e31bd5ca2226aa);
  EXPECT_EQ(HashStream("input", 1).bits(0), 0xbde74a86fbb527b5);
  const HashStream stem("backbone.conv_stem.weight", 1);
  EXPECT_EQ(fnv1a("backbone.conv_stem.weight"), 0x17f12a61b66c5d46u);
  EXPECT_EQ(stem.base(), 0x312f62ae7b21b58fu);
  EXPECT_EQ(stem.bits(0), 0xd471150c89366619);
}

TEST(HashStream, scales_its_upper_bits_to_the_unit_interval) {
  const HashStream stem("backbone.conv_stem.weight", 1);
  EXPECT_EQ(stem.signed_unit(0), 0xd47115 / 8388608.0 - 1);
}

TEST(HashStream, differs_by_seed_and_key) {
  EXPECT_NE(HashStream("input", 1).bits(0), HashStream("input", 2).bits(0));
  EXPECT_NE(HashStream("input", 1).bits(0), HashStream("inpus", 1).bits(0));
}

}  // namespace
}  // namespace effgate
