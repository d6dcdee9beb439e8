#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"

namespace effgate {

// The elements of a tensor in row-major order, strides followed, widened exactly (64-bit integers
// are rounded to nearest). Complex dtypes are an error of kind unsupported.
Result<std::vector<double>> to_doubles(const TensorEntry& tensor);
// The same rounded once to float32; exact for every narrower dtype.
Result<std::vector<float>> to_floats(const TensorEntry& tensor);

// The elements in row-major order without gaps, in the tensor's own dtype.
std::vector<std::byte> contiguous_bytes(const TensorEntry& tensor);

// The bytes of `values` in `dtype` (float64, float32, float16, bfloat16), each rounded once, to
// nearest even. Any other dtype is an error of kind unsupported.
Result<std::vector<std::byte>> to_bytes(std::span<const double> values, DType dtype);

// The tensor's elements converted to `dtype`: a copy where it has that dtype already, else widened
// and rounded once.
Result<std::vector<std::byte>> converted_bytes(const TensorEntry& tensor, DType dtype);

}  // namespace effgate
