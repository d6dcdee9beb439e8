#include "harness/checkpoint/values.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "harness/base/half.h"

namespace effgate {
namespace {

// Calls `visit(position)` with the byte position of every element in row-major order.
template <typename Visit>
void for_each_position(const TensorEntry& tensor, const Visit& visit) {
  const std::size_t item = size_of(tensor.dtype);
  const std::uint64_t count = tensor.bytes / item;
  if (tensor.contiguous) {
    for (std::uint64_t i = 0; i < count; ++i) visit(i * item);
    return;
  }
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::uint64_t position = 0;  // in elements
  for (std::uint64_t i = 0; i < count; ++i) {
    visit(position * item);
    for (std::size_t d = index.size(); d-- > 0;) {
      position += static_cast<std::uint64_t>(tensor.strides[d]);
      if (++index[d] < tensor.shape[d]) break;
      position -= static_cast<std::uint64_t>(tensor.strides[d] * tensor.shape[d]);
      index[d] = 0;
    }
  }
}

template <typename Stored, typename Wide, typename Widen>
std::vector<Wide> widened(const TensorEntry& tensor, const Widen& widen) {
  std::vector<Wide> values;
  values.reserve(static_cast<std::size_t>(tensor.bytes / sizeof(Stored)));
  for_each_position(tensor, [&](std::uint64_t position) {
    Stored stored;
    std::memcpy(&stored, tensor.data.data() + position, sizeof(Stored));
    values.push_back(static_cast<Wide>(widen(stored)));
  });
  return values;
}

template <typename Wide>
Result<std::vector<Wide>> to_values(const TensorEntry& tensor) {
  const auto as_is = [](auto value) { return value; };
  switch (tensor.dtype) {
    case DType::float64: return widened<double, Wide>(tensor, as_is);
    case DType::float32: return widened<float, Wide>(tensor, as_is);
    case DType::float16: return widened<std::uint16_t, Wide>(tensor, float16_to_float);
    case DType::bfloat16: return widened<std::uint16_t, Wide>(tensor, bfloat16_to_float);
    case DType::float8_e4m3fn: return widened<std::uint8_t, Wide>(tensor, float8_e4m3fn_to_float);
    case DType::float8_e5m2: return widened<std::uint8_t, Wide>(tensor, float8_e5m2_to_float);
    case DType::int64: return widened<std::int64_t, Wide>(tensor, as_is);
    case DType::int32: return widened<std::int32_t, Wide>(tensor, as_is);
    case DType::int16: return widened<std::int16_t, Wide>(tensor, as_is);
    case DType::int8: return widened<std::int8_t, Wide>(tensor, as_is);
    case DType::uint64: return widened<std::uint64_t, Wide>(tensor, as_is);
    case DType::uint32: return widened<std::uint32_t, Wide>(tensor, as_is);
    case DType::uint16: return widened<std::uint16_t, Wide>(tensor, as_is);
    case DType::uint8: return widened<std::uint8_t, Wide>(tensor, as_is);
    case DType::boolean:
      return widened<std::uint8_t, Wide>(tensor, [](std::uint8_t byte) { return byte != 0; });
    case DType::complex64:
    case DType::complex128: break;
  }
  return Error{ErrorKind::unsupported, fmt::format("reading the values of {}: its dtype is {}",
                                                   tensor.name, to_string(tensor.dtype))};
}

template <typename Stored, typename Narrow>
std::vector<std::byte> narrowed(std::span<const double> values, const Narrow& narrow) {
  std::vector<std::byte> bytes(values.size() * sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Stored stored = narrow(values[i]);
    std::memcpy(bytes.data() + i * sizeof(Stored), &stored, sizeof(Stored));
  }
  return bytes;
}

}  // namespace

Result<std::vector<double>> to_doubles(const TensorEntry& tensor) {
  return to_values<double>(tensor);
}

Result<std::vector<float>> to_floats(const TensorEntry& tensor) { return to_values<float>(tensor); }

std::vector<std::byte> contiguous_bytes(const TensorEntry& tensor) {
  if (tensor.contiguous) return {tensor.data.begin(), tensor.data.end()};
  const std::size_t item = size_of(tensor.dtype);
  std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.bytes));
  std::byte* next = bytes.data();
  for_each_position(tensor, [&](std::uint64_t position) {
    std::memcpy(next, tensor.data.data() + position, item);
    next += item;
  });
  return bytes;
}

Result<std::vector<std::byte>> to_bytes(std::span<const double> values, DType dtype) {
  switch (dtype) {
    case DType::float64: return narrowed<double>(values, [](double v) { return v; });
    case DType::float32:
      return narrowed<float>(values, [](double v) { return static_cast<float>(v); });
    case DType::float16: return narrowed<std::uint16_t>(values, float16_from_double);
    case DType::bfloat16: return narrowed<std::uint16_t>(values, bfloat16_from_double);
    default: break;
  }
  return Error{ErrorKind::unsupported, fmt::format("rounding values to {}: it is no floating dtype "
                                                   "that models compute in",
                                                   to_string(dtype))};
}

Result<std::vector<std::byte>> converted_bytes(const TensorEntry& tensor, DType dtype) {
  if (tensor.dtype == dtype) return contiguous_bytes(tensor);
  EFFGATE_ASSIGN(const std::vector<double> values, to_doubles(tensor));
  return to_bytes(values, dtype);
}

}  // namespace effgate
