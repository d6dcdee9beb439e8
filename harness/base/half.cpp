#include "harness/base/half.h"

#include <algorithm>

namespace effgate {
namespace {

// Rounds a finite magnitude, given as the bits of a double, to `mantissa_bits` explicit bits with
// the given exponent range. Works on the integer significand, so it rounds only once.
std::uint64_t round_magnitude(std::uint64_t bits, int mantissa_bits, int bias) {
  constexpr int kDoubleMantissa = 52;
  constexpr int kDoubleBias = 1023;
  const int min_exponent = 1 - bias;
  int exponent = static_cast<int>(bits >> kDoubleMantissa) - kDoubleBias;
  int dropped = kDoubleMantissa - mantissa_bits;
  if (exponent < min_exponent) {  // subnormal: the step stops shrinking
    dropped += min_exponent - exponent;
    exponent = min_exponent;
  }
  if (dropped > kDoubleMantissa + 1) return 0;  // below half of the smallest number
  const std::uint64_t one = std::uint64_t{1} << kDoubleMantissa;
  const std::uint64_t significand = (bits & (one - 1)) | one;
  const std::uint64_t rest = significand & ((std::uint64_t{1} << dropped) - 1);
  const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
  std::uint64_t units = significand >> dropped;
  if (rest > half || (rest == half && (units & 1) != 0)) ++units;
  // `units` may have carried to the next power of two; adding it to the exponent field is right
  // in both cases because the pattern is monotone.
  return (static_cast<std::uint64_t>(exponent - min_exponent) << mantissa_bits) + units;
}

std::uint16_t narrow(double value, int mantissa_bits, int exponent_bits) {
  constexpr std::uint64_t kDoubleInfinity = std::uint64_t{0x7ff} << 52;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
  const std::uint64_t sign = (bits >> 63) << 15;
  const std::uint64_t infinity = ((std::uint64_t{1} << exponent_bits) - 1) << mantissa_bits;
  if (magnitude > kDoubleInfinity) {
    return static_cast<std::uint16_t>(sign | infinity | (1U << (mantissa_bits - 1)));
  }
  if (magnitude == kDoubleInfinity) return static_cast<std::uint16_t>(sign | infinity);
  const std::uint64_t rounded =
      round_magnitude(magnitude, mantissa_bits, (1 << (exponent_bits - 1)) - 1);
  return static_cast<std::uint16_t>(sign | std::min(rounded, infinity));
}

}  // namespace

// The exponent and mantissa fields, moved to where float has them, are the number times 2^-112.
float float16_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t fields = static_cast<std::uint32_t>(bits & 0x7fff) << 13;
  if (fields >= 0x0f800000) return std::bit_cast<float>(sign | 0x70000000 | fields);
  const float magnitude = std::bit_cast<float>(fields) * 0x1p112F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
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
