#include "harness/doctor/values/magnitude.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

namespace effgate {
namespace {

template <typename Element>
TensorEntry tensor_of(DType dtype, const std::vector<Element>& elements) {
  TensorEntry tensor;
  tensor.dtype = dtype;
  tensor.shape = {static_cast<std::int64_t>(elements.size())};
  tensor.strides = {1};
  tensor.data = std::as_bytes(std::span(elements));
  tensor.bytes = tensor.data.size();
  return tensor;
}

TEST(Magnitude, is_that_of_the_largest_element_whatever_its_sign) {
  for (const std::size_t place : {0U, 1023U, 1024U, 2999U}) {
    std::vector<float> single(3000, 0.5F);
    single[place] = -7e4F;
    EXPECT_EQ(largest_magnitude(tensor_of(DType::float32, single)), 7e4F) << place;
    std::vector<double> wide(3000, -0.5);
    wide[place] = 1e300;
    EXPECT_EQ(largest_magnitude(tensor_of(DType::float64, wide)), 1e300) << place;
  }
}

TEST(Magnitude, is_infinite_where_an_element_is_or_is_no_number) {
  for (const float value : {INFINITY, -INFINITY, NAN, -NAN})
    EXPECT_EQ(largest_magnitude(tensor_of(DType::float32, std::vector<float>{1, value})), INFINITY);
}

// Bit patterns of IEEE 754 binary16, bfloat16 and the OCP's float8 formats.
TEST(Magnitude, is_read_from_every_floating_format) {
  using Words = std::vector<std::uint16_t>;
  using Bytes = std::vector<std::uint8_t>;
  EXPECT_EQ(largest_magnitude(tensor_of(DType::float16, Words{0x3C00, 0xFBFF})), 65504);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::float16, Words{0xFC00})), INFINITY);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::bfloat16, Words{0x3F80, 0xC780})), 65536);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::bfloat16, Words{0x7F81})), INFINITY);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::float8_e4m3fn, Bytes{0xFE})), 448);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::float8_e4m3fn, Bytes{0xFF})), INFINITY);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::float8_e5m2, Bytes{0x7B})), 57344);
  EXPECT_EQ(largest_magnitude(tensor_of(DType::float8_e5m2, Bytes{0x7C})), INFINITY);
}

TEST(Magnitude, leaves_out_integers_and_what_lies_between_the_elements) {
  EXPECT_EQ(largest_magnitude(tensor_of(DType::int64, std::vector<std::int64_t>{1 << 20})), 0);
  TensorEntry strided = tensor_of(DType::float32, std::vector<float>{1, 9, 2});
  const std::vector<float> storage = {1, NAN, 2};
  strided.data = std::as_bytes(std::span(storage));
  EXPECT_EQ(largest_magnitude(strided), INFINITY);
  strided.shape = {2};
  strided.strides = {2};
  strided.contiguous = false;
  strided.bytes = 8;
  EXPECT_EQ(largest_magnitude(strided), 2);
}

}  // namespace
}  // namespace effgate
