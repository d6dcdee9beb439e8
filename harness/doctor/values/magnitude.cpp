#include "harness/doctor/values/magnitude.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "harness/base/half.h"
#include "harness/checkpoint/values.h"

namespace effgate {
namespace {

// Without its sign bit, a floating number is the larger the larger its bits are as an integer.
// The largest such, or the first block's that reaches `nonfinite`.
template <typename Word>
Word largest_bits(std::span<const std::byte> data, Word nonfinite) {
  constexpr std::size_t kBlock = 1024;
  constexpr Word kMagnitude = std::numeric_limits<Word>::max();
  std::array<Word, kBlock> block;
  Word largest = 0;
  while (!data.empty() && largest < nonfinite) {
    const std::size_t bytes = std::min(data.size(), sizeof(block));
    if (bytes < sizeof(block)) block.fill(0);
    std::memcpy(block.data(), data.data(), bytes);
    for (std::size_t i = 0; i < kBlock; ++i)
      largest = std::max(largest, static_cast<Word>(block[i] & kMagnitude));
    data = data.subspan(bytes);
  }
  return largest;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// `Word` is signed, as wide as an element; `nonfinite` are the bits of the smallest that is none.
template <typename Word, typename Widen>
double largest_of(std::span<const std::byte> data, Word nonfinite, const Widen& widen) {
  const Word largest = largest_bits<Word>(data, nonfinite);
  return largest >= nonfinite ? kInfinity : static_cast<double>(widen(largest));
}

double largest_magnitude(DType dtype, std::span<const std::byte> data) {
  switch (dtype) {
    case DType::float64:
    case DType::complex128:
      return largest_of<std::int64_t>(data, 0x7FF0000000000000,
                                      std::bit_cast<double, std::int64_t>);
    case DType::float32:
    case DType::complex64:
      return largest_of<std::int32_t>(data, 0x7F800000, std::bit_cast<float, std::int32_t>);
    case DType::float16: return largest_of<std::int16_t>(data, 0x7C00, float16_to_float);
    case DType::bfloat16: return largest_of<std::int16_t>(data, 0x7F80, bfloat16_to_float);
    case DType::float8_e4m3fn: return largest_of<std::int8_t>(data, 0x7F, float8_e4m3fn_to_float);
    case DType::float8_e5m2: return largest_of<std::int8_t>(data, 0x7C, float8_e5m2_to_float);
    default: return 0;
  }
}

}  // namespace

// What lies in the gaps of a strided tensor is not its own, so that only a copy tells; a hostile
// shape could make that as large as the file, or far larger.
double largest_magnitude(const TensorEntry& tensor) {
  constexpr std::uint64_t kMostCopied = std::uint64_t{16} << 20;
  const bool too_large = tensor.bytes > std::min(kMostCopied, 4 * tensor.data.size());
  if (tensor.contiguous || too_large || largest_magnitude(tensor.dtype, tensor.data) == 0)
    return largest_magnitude(tensor.dtype, tensor.data);
  return largest_magnitude(tensor.dtype, contiguous_bytes(tensor));
}

}  // namespace effgate
