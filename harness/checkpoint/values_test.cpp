#include "harness/checkpoint/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "harness/checkpoint/torch_tensor.h"

namespace effgate {
namespace {

using testing::ElementsAre;

// The entry borrows the values, which live to the end of the caller's expression.
template <typename Stored>
TensorEntry entry(DType dtype, const std::vector<Stored>& stored,
                  std::vector<std::int64_t> shape = {}) {
  TensorEntry tensor;
  tensor.name = "t";
  tensor.dtype = dtype;
  tensor.shape = shape.empty() ? std::vector{static_cast<std::int64_t>(stored.size())} : shape;
  tensor.strides = row_major_strides(tensor.shape);
  EXPECT_TRUE(place_in_storage(tensor, std::as_bytes(std::span(stored)), 0).ok());
  return tensor;
}

TEST(Values, widens_every_dtype) {
  EXPECT_THAT(*to_doubles(entry<double>(DType::float64, {0.1, -2})), ElementsAre(0.1, -2));
  EXPECT_THAT(*to_doubles(entry<float>(DType::float32, {0.1F})), ElementsAre(0.1F));
  EXPECT_THAT(*to_doubles(entry<std::uint16_t>(DType::float16, {0x3C00, 0xC000, 0x0001})),
              ElementsAre(1, -2, std::ldexp(1, -24)));
  EXPECT_THAT(*to_doubles(entry<std::uint16_t>(DType::bfloat16, {0x3F80, 0xC040})),
              ElementsAre(1, -3));
  EXPECT_THAT(*to_doubles(entry<std::int64_t>(DType::int64, {-5, 1})), ElementsAre(-5, 1));
  EXPECT_THAT(*to_doubles(entry<std::uint64_t>(DType::uint64, {UINT64_MAX})),
              ElementsAre(std::ldexp(1, 64)));
  EXPECT_THAT(*to_floats(entry<std::int8_t>(DType::int8, {-1, 127})), ElementsAre(-1, 127));
  EXPECT_THAT(*to_floats(entry<std::uint8_t>(DType::uint8, {255})), ElementsAre(255));
  EXPECT_THAT(*to_floats(entry<std::uint8_t>(DType::boolean, {0, 1})), ElementsAre(0, 1));
  EXPECT_THAT(*to_floats(entry<std::uint8_t>(DType::float8_e5m2, {0x3C})), ElementsAre(1));
  EXPECT_FALSE(to_doubles(entry<double>(DType::complex128, {1, 2}, {1})).ok());
}

TEST(Values, follows_strides) {
  const std::vector<float> stored = {0, 1, 2, 3, 4, 5};
  TensorEntry transposed = entry(DType::float32, stored, {3, 2});
  transposed.strides = {1, 3};  // of a [2,3] array
  ASSERT_TRUE(place_in_storage(transposed, std::as_bytes(std::span(stored)), 0).ok());
  EXPECT_FALSE(transposed.contiguous);
  EXPECT_THAT(*to_floats(transposed), ElementsAre(0, 3, 1, 4, 2, 5));
  const std::vector<std::byte> bytes = contiguous_bytes(transposed);
  EXPECT_EQ(bytes.size(), 24U);

  TensorEntry every_second = entry(DType::float32, stored, {2});
  every_second.strides = {2};
  ASSERT_TRUE(place_in_storage(every_second, std::as_bytes(std::span(stored)), 4).ok());
  EXPECT_THAT(*to_floats(every_second), ElementsAre(1, 3));

  TensorEntry repeated = entry(DType::float32, stored, {2, 2});
  repeated.strides = {0, 1};
  ASSERT_TRUE(place_in_storage(repeated, std::as_bytes(std::span(stored)), 0).ok());
  EXPECT_THAT(*to_floats(repeated), ElementsAre(0, 1, 0, 1));
}

TEST(Values, an_empty_tensor_has_none) {
  const TensorEntry empty = entry<float>(DType::float32, {}, {0, 7});
  EXPECT_TRUE(to_doubles(empty)->empty());
  EXPECT_TRUE(contiguous_bytes(empty).empty());
}

TEST(Values, rounds_once_to_nearest_even) {
  // 1 + 2^-11 lies between two float16 and goes to the even one; a bit more goes up.
  const std::array values = {1 + std::ldexp(1, -11), 1 + std::ldexp(1, -11) + std::ldexp(1, -40)};
  const auto bytes = to_bytes(values, DType::float16);
  ASSERT_TRUE(bytes.ok());
  EXPECT_THAT(*bytes,
              ElementsAre(std::byte{0x00}, std::byte{0x3C}, std::byte{0x01}, std::byte{0x3C}));
  EXPECT_FALSE(to_bytes(values, DType::int64).ok());
}

TEST(Values, conversion_keeps_what_has_the_dtype_already) {
  const std::vector<std::int64_t> counts = {INT64_MAX};
  const TensorEntry counter = entry(DType::int64, counts);
  EXPECT_TRUE(std::ranges::equal(*converted_bytes(counter, DType::int64), counter.data));
  const std::vector<float> ones = {1.0F};
  const TensorEntry weights = entry(DType::float32, ones);
  EXPECT_THAT(*converted_bytes(weights, DType::bfloat16),
              ElementsAre(std::byte{0x80}, std::byte{0x3F}));
}

}  // namespace
}  // namespace effgate
