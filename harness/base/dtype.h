#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace effgate {

// The element types that checkpoints store, and the floating ones that models compute in. This is
// the one place that knows their names and sizes; the numbers are also those of backend.h.
enum class DType : std::int32_t {
  float64 = 0,
  float32 = 1,
  float16 = 2,
  bfloat16 = 3,
  int64 = 4,
  int32 = 5,
  int16 = 6,
  int8 = 7,
  uint8 = 8,
  boolean = 9,
  uint16 = 10,
  uint32 = 11,
  uint64 = 12,
  complex64 = 13,
  complex128 = 14,
  float8_e4m3fn = 15,
  float8_e5m2 = 16,
};
inline constexpr int kDTypeCount = 17;

// The name as written in suites, JSON and reports: "float32", "bool", "bfloat16".
std::string_view to_string(DType dtype);
std::optional<DType> dtype_from_string(std::string_view name);

// Bytes of one element.
std::size_t size_of(DType dtype);

// float64, float32, float16, bfloat16 and the float8 formats.
bool is_floating(DType dtype);

}  // namespace effgate
