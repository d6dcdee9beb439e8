#pragma once

#include <cstdint>
#include <type_traits>

#include "harness/backend/backend.h"
#include "harness/base/half.h"

namespace effgate {

// Element types of tensors. Arithmetic is done in double: `widen` is exact, `narrow` rounds once,
// to nearest even.
struct Float16 {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

inline double widen(double value) { return value; }
inline double widen(float value) { return static_cast<double>(value); }
inline double widen(Float16 value) { return static_cast<double>(float16_to_float(value.bits)); }
inline double widen(BFloat16 value) { return static_cast<double>(bfloat16_to_float(value.bits)); }

template <typename T>
T narrow(double value) {
  if constexpr (std::is_same_v<T, Float16>) {
    return {float16_from_double(value)};
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return {bfloat16_from_double(value)};
  } else {
    return static_cast<T>(value);
  }
}

// Calls `body` with std::type_identity of the element type. `dtype` is a floating one.
template <typename Body>
void with_element_type(effgate_dtype dtype, const Body& body) {
  switch (dtype) {
    case EFFGATE_FLOAT64: return body(std::type_identity<double>{});
    case EFFGATE_FLOAT32: return body(std::type_identity<float>{});
    case EFFGATE_FLOAT16: return body(std::type_identity<Float16>{});
    default: return body(std::type_identity<BFloat16>{});
  }
}

}  // namespace effgate
