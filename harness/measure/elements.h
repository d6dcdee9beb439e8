#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "harness/base/dtype.h"
#include "harness/base/half.h"
#include "harness/base/result.h"

namespace effgate {

// How the elements of one dtype are read from bytes of any alignment; `Value` holds each exactly.
struct Float64Elements {
  using Value = double;
  static constexpr std::size_t kSize = 8;
  static Value at(const std::byte* bytes) {
    double value = 0;
    std::memcpy(&value, bytes, kSize);
    return value;
  }
};

struct Float32Elements {
  using Value = float;
  static constexpr std::size_t kSize = 4;
  static Value at(const std::byte* bytes) {
    float value = 0;
    std::memcpy(&value, bytes, kSize);
    return value;
  }
};

template <float (*widen)(std::uint16_t)>
struct HalfElements {
  using Value = float;
  static constexpr std::size_t kSize = 2;
  static Value at(const std::byte* bytes) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, bytes, kSize);
    return widen(bits);
  }
};
using Float16Elements = HalfElements<float16_to_float>;
using Bfloat16Elements = HalfElements<bfloat16_to_float>;

// Calls `use` with the element reader of a dtype that models compute in.
template <typename Use>
auto with_elements(DType dtype, Use&& use) -> decltype(use(Float32Elements{})) {
  switch (dtype) {
    case DType::float64: return use(Float64Elements{});
    case DType::float32: return use(Float32Elements{});
    case DType::float16: return use(Float16Elements{});
    case DType::bfloat16: return use(Bfloat16Elements{});
    default:
      return Error{ErrorKind::bug, "reading an output tensor: " + std::string(to_string(dtype)) +
                                       " is no dtype "
                                       "that models compute in"};
  }
}

}  // namespace effgate
