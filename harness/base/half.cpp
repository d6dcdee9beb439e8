#include "harness/base/half.h"

namespace effgate {
namespace {

// Rounds a finite magnitude to `mantissa_bits` explicit bits with the given exponent range, and
// gives the bit pattern without sign. Works on the integer significand, so it rounds only once.
std::uint16_t round_magnitude(double magnitude, int mantissa_bits, int bias, int max_exponent) {
  if (magnitude == 0) return 0;
  int exponent = std::ilogb(magnitude);
  const int min_exponent = 1 - bias;
  if (exponent < min_exponent) exponent = min_exponent;  // subnormal: the step stops shrinking
  const double step = std::ldexp(1.0, exponent - mantissa_bits);
  // nearbyint under the default rounding mode is nearest even, and the quotient is exact.
  const auto units = static_cast<std::uint64_t>(std::nearbyint(magnitude / step));
  const std::uint64_t one = std::uint64_t{1} << mantissa_bits;
  // `units` may have carried to the next power of two; adding it to the exponent field is right
  // in both cases because the pattern is monotone.
  const std::uint64_t field = static_cast<std::uint64_t>(exponent - min_exponent) * one + units;
  const std::uint64_t infinity = static_cast<std::uint64_t>(max_exponent - min_exponent + 2) * one;
  return static_cast<std::uint16_t>(field >= infinity ? infinity : field);
}

std::uint16_t narrow(double value, int mantissa_bits, int exponent_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const auto infinity = static_cast<std::uint16_t>(((1 << exponent_bits) - 1) << mantissa_bits);
  if (std::isnan(value)) {
    return static_cast<std::uint16_t>(sign | infinity | (1 << (mantissa_bits - 1)));
  }
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | infinity);
  return static_cast<std::uint16_t>(sign |
                                    round_magnitude(std::fabs(value), mantissa_bits, bias, bias));
}

}  // namespace

float float16_to_float(std::uint16_t bits) {
  const bool negative = (bits & 0x8000) != 0;
  const int exponent = (bits >> 10) & 0x1f;
  const int mantissa = bits & 0x3ff;
  float magnitude = 0;
  if (exponent == 0x1f) {
    magnitude = mantissa != 0 ? std::nanf("") : INFINITY;
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(mantissa | 0x400), exponent - 25);
  }
  return negative ? -magnitude : magnitude;
}

std::uint16_t float16_from_double(double value) { return narrow(value, 10, 5); }
std::uint16_t bfloat16_from_double(double value) { return narrow(value, 7, 8); }

float float8_e5m2_to_float(std::uint8_t bits) {
  return float16_to_float(static_cast<std::uint16_t>(bits << 8));
}

float float8_e4m3fn_to_float(std::uint8_t bits) {
  const bool negative = (bits & 0x80) != 0;
  const int exponent = (bits >> 3) & 0xf;
  const int mantissa = bits & 0x7;
  float magnitude = 0;
  if (exponent == 0xf && mantissa == 0x7) {
    magnitude = std::nanf("");
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(mantissa), -9);
  } else {
    magnitude = std::ldexp(static_cast<float>(mantissa | 0x8), exponent - 10);
  }
  return negative ? -magnitude : magnitude;
}

}  // namespace effgate
