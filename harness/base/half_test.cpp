#include "harness/base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace effgate {
namespace {

// Patterns from the IEEE 754 binary16 layout: 1 sign, 5 exponent, 10 mantissa bits.
TEST(Float16, narrows_known_values_to_their_published_patterns) {
  EXPECT_EQ(float16_from_double(0.0), 0x0000);
  EXPECT_EQ(float16_from_double(-0.0), 0x8000);
  EXPECT_EQ(float16_from_double(1.0), 0x3C00);
  EXPECT_EQ(float16_from_double(-2.0), 0xC000);
  EXPECT_EQ(float16_from_double(65504.0), 0x7BFF);               // largest finite
  EXPECT_EQ(float16_from_double(std::ldexp(1.0, -14)), 0x0400);  // smallest normal
  EXPECT_EQ(float16_from_double(std::ldexp(1.0, -24)), 0x0001);  // smallest subnormal
}

TEST(Float16, rounds_halfway_cases_to_even) {
  EXPECT_EQ(float16_from_double(1.0 + std::ldexp(1.0, -11)), 0x3C00);
  EXPECT_EQ(float16_from_double(1.0 + 3 * std::ldexp(1.0, -11)), 0x3C02);
  EXPECT_EQ(float16_from_double(std::ldexp(1.0, -25)), 0x0000);
  EXPECT_EQ(float16_from_double(std::ldexp(1.0, -25) * 1.0001), 0x0001);
  EXPECT_EQ(float16_from_double(65519.99), 0x7BFF);
  EXPECT_EQ(float16_from_double(65520.0), 0x7C00);
}

TEST(Float16, rounds_once_where_rounding_through_float_would_round_twice) {
  // A hair above halfway between 1 and its successor; float drops the hair.
  const double value = 1.0 + std::ldexp(1.0, -11) + std::ldexp(1.0, -40);
  EXPECT_EQ(float16_from_double(value), 0x3C01);
}

TEST(Float16, widens_every_pattern_and_narrows_it_back) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    const float wide = float16_to_float(pattern);
    if (std::isnan(wide)) continue;
    ASSERT_EQ(float16_from_double(wide), pattern) << bits;
  }
}

TEST(Float16, agrees_with_the_compilers_own_type) {
#ifdef __FLT16_MAX__
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    const auto native = static_cast<float>(std::bit_cast<_Float16>(pattern));
    if (std::isnan(native)) continue;
    ASSERT_EQ(float16_to_float(pattern), native) << bits;
  }
#else
  GTEST_SKIP() << "this compiler has no _Float16";
#endif
}

TEST(BFloat16, rounds_the_upper_half_of_a_float_to_even) {
  EXPECT_EQ(bfloat16_from_double(1.0), 0x3F80);
  EXPECT_EQ(bfloat16_from_double(1.0 + std::ldexp(1.0, -8)), 0x3F80);
  EXPECT_EQ(bfloat16_from_double(1.0 + 3 * std::ldexp(1.0, -8)), 0x3F82);
  EXPECT_EQ(bfloat16_from_double(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(bfloat16_from_double(NAN))));
}

TEST(Float8, widens_the_published_extremes) {
  EXPECT_EQ(float8_e4m3fn_to_float(0x7E), 448.0F);
  EXPECT_EQ(float8_e4m3fn_to_float(0x01), std::ldexp(1.0F, -9));
  EXPECT_TRUE(std::isnan(float8_e4m3fn_to_float(0x7F)));
  EXPECT_EQ(float8_e5m2_to_float(0x7B), 57344.0F);
  EXPECT_TRUE(std::isinf(float8_e5m2_to_float(0x7C)));
}

}  // namespace
}  // namespace effgate
