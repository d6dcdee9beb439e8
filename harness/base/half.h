#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace effgate {

// IEEE 754 binary16 and bfloat16 as bit patterns. Narrowing rounds once, to nearest even, also
// from double; overflow gives infinity; NaN stays NaN.
float float16_to_float(std::uint16_t bits);
std::uint16_t float16_from_double(double value);

inline float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
std::uint16_t bfloat16_from_double(double value);

// float8 of the OCP formats, widening only: e4m3fn has no infinity, e5m2 is the upper half of
// a binary16.
float float8_e4m3fn_to_float(std::uint8_t bits);
float float8_e5m2_to_float(std::uint8_t bits);

}  // namespace effgate
