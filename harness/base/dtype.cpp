#include "harness/base/dtype.h"

#include <array>

namespace effgate {
namespace {

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
  bool floating;
};

constexpr std::array<DTypeRow, kDTypeCount> kDTypes{{
    {DType::float64, "float64", 8, true},
    {DType::float32, "float32", 4, true},
    {DType::float16, "float16", 2, true},
    {DType::bfloat16, "bfloat16", 2, true},
    {DType::int64, "int64", 8, false},
    {DType::int32, "int32", 4, false},
    {DType::int16, "int16", 2, false},
    {DType::int8, "int8", 1, false},
    {DType::uint8, "uint8", 1, false},
    {DType::boolean, "bool", 1, false},
    {DType::uint16, "uint16", 2, false},
    {DType::uint32, "uint32", 4, false},
    {DType::uint64, "uint64", 8, false},
    {DType::complex64, "complex64", 8, false},
    {DType::complex128, "complex128", 16, false},
    {DType::float8_e4m3fn, "float8_e4m3fn", 1, true},
    {DType::float8_e5m2, "float8_e5m2", 1, true},
}};

const DTypeRow& row(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::string_view to_string(DType dtype) { return row(dtype).name; }
std::size_t size_of(DType dtype) { return row(dtype).bytes; }
bool is_floating(DType dtype) { return row(dtype).floating; }

std::optional<DType> dtype_from_string(std::string_view name) {
  for (const DTypeRow& candidate : kDTypes)
    if (candidate.name == name) return candidate.dtype;
  return std::nullopt;
}

}  // namespace effgate
