#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"

namespace effgate {

// Tensors of tests as plain doubles, and a second, slow way to index them.
struct Array {
  std::vector<std::int64_t> dims;
  std::vector<double> values;

  double at(std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) const {
    return values[static_cast<std::size_t>(((n * dims[1] + c) * dims[2] + y) * dims[3] + x)];
  }
};

inline effgate_shape shape_of(const std::vector<std::int64_t>& dims) {
  effgate_shape shape{};
  for (const std::int64_t extent : dims) shape.dims[shape.rank++] = extent;
  return shape;
}

inline Array random_array(std::vector<std::int64_t> dims, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Array array{std::move(dims), {}};
  std::int64_t count = 1;
  for (const std::int64_t extent : array.dims) count *= extent;
  for (std::int64_t i = 0; i < count; ++i) array.values.push_back(uniform(engine));
  return array;
}

inline ReferenceSession make_session(int threads = 1) {
  effgate_environment environment{};
  environment.intra_op_threads = threads;
  return ReferenceSession(environment);
}

inline ReferenceTensor to_tensor(ReferenceSession& session, const Array& array,
                                 effgate_dtype dtype = EFFGATE_FLOAT64) {
  auto tensor = session.allocate(dtype, shape_of(array.dims));
  with_element_type(dtype, [&]<typename T>(std::type_identity<T>) {
    T* to = tensor->writable<T>();
    for (const double value : array.values) *to++ = narrow<T>(value);
  });
  return *std::move(tensor);
}

inline Array to_array(const ReferenceTensor& tensor) {
  Array array{{tensor.shape.dims, tensor.shape.dims + tensor.shape.rank}, {}};
  with_element_type(tensor.dtype, [&]<typename T>(std::type_identity<T>) {
    const T* from = tensor.values<T>();
    for (std::int64_t i = 0; i < element_count(tensor.shape); ++i) {
      array.values.push_back(widen(from[i]));
    }
  });
  return array;
}

// The array as it is after rounding to a dtype.
inline Array rounded(Array array, effgate_dtype dtype) {
  with_element_type(dtype, [&]<typename T>(std::type_identity<T>) {
    for (double& value : array.values) value = widen(narrow<T>(value));
  });
  return array;
}

inline bool same_bytes(const ReferenceTensor& a, const ReferenceTensor& b) {
  const auto bytes = checked_bytes(a.dtype, a.shape);
  return same_shape(a.shape, b.shape) && a.dtype == b.dtype &&
         std::memcmp(a.buffer->data(), b.buffer->data(), *bytes) == 0;
}

inline void expect_close(const Array& found, const Array& expected, double tolerance) {
  ASSERT_EQ(found.dims, expected.dims);
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_NEAR(found.values[i], expected.values[i], tolerance) << "element " << i;
  }
}

inline effgate_window make_window(std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                  std::int64_t dilation = 1, std::int64_t groups = 1) {
  return {
      {kernel, kernel}, {stride, stride}, {padding, padding}, {dilation, dilation}, groups, 0, 1};
}

}  // namespace effgate
