#pragma once

#include <span>

#include "harness/backend/backend.h"
#include "harness/backend/reference/kernels.h"
#include "harness/backend/reference/session.h"
#include "harness/backend/reference/tensor.h"
#include "harness/base/result.h"

namespace effgate {

// The operations of backend.h on reference tensors. Every result is computed in double and rounded
// once to the tensors' dtype. Operands that do not fit are ErrorKind::usage, dtypes without
// arithmetic ErrorKind::unsupported. In-place forms write to their first operand.

// convolution.cpp. `bias` may be null.
Result<ReferenceTensor> conv2d(ReferenceSession& session, const ReferenceTensor& x,
                               const ReferenceTensor& weight, const ReferenceTensor* bias,
                               const effgate_window& window,
                               const ConvolutionKernels& kernels = best_kernels());

// elementwise.cpp
struct BatchNormOperands {
  ReferenceTensor weight, bias, mean, var;  // [C]
};
Result<ReferenceTensor> batch_norm(ReferenceSession& session, const ReferenceTensor& x,
                                   const BatchNormOperands& operands, double eps);
// `out` may be `x`.
Status activate(ReferenceSession& session, std::int32_t kind, const ReferenceTensor& x,
                double scalar, ReferenceTensor out);
Result<ReferenceTensor> add_scalar(ReferenceSession& session, const ReferenceTensor& x,
                                   double value);

// broadcast.cpp
Result<ReferenceTensor> binary(ReferenceSession& session, std::int32_t kind,
                               const ReferenceTensor& a, const ReferenceTensor& b);
Status binary_in_place(ReferenceSession& session, std::int32_t kind, ReferenceTensor a,
                       const ReferenceTensor& b);

// pooling.cpp
Result<ReferenceTensor> max_pool2d(ReferenceSession& session, const ReferenceTensor& x,
                                   const effgate_window& window);
Result<ReferenceTensor> avg_pool2d(ReferenceSession& session, const ReferenceTensor& x,
                                   const effgate_window& window);

// resampling.cpp
Result<ReferenceTensor> constant_pad(ReferenceSession& session, const ReferenceTensor& x,
                                     const std::int64_t pads[4], double value);
Result<ReferenceTensor> upsample_nearest2d(ReferenceSession& session, const ReferenceTensor& x,
                                           std::int64_t height, std::int64_t width);
Result<ReferenceTensor> upsample_bilinear2d(ReferenceSession& session, const ReferenceTensor& x,
                                            std::int64_t height, std::int64_t width);

// reduction.cpp
Result<ReferenceTensor> mean_hw(ReferenceSession& session, const ReferenceTensor& x);
Result<ReferenceTensor> softmax0(ReferenceSession& session, const ReferenceTensor& x);
Result<ReferenceTensor> sum_all(ReferenceSession& session, const ReferenceTensor& x);
Result<ReferenceTensor> sum_last(ReferenceSession& session, const ReferenceTensor& x);

// joining.cpp; these copy and take any dtype.
Result<ReferenceTensor> select0(ReferenceSession& session, const ReferenceTensor& x,
                                std::int64_t index);
Result<ReferenceTensor> stack_last(ReferenceSession& session, std::span<const ReferenceTensor> xs);
Result<ReferenceTensor> cat1(ReferenceSession& session, std::span<const ReferenceTensor> xs);
Result<ReferenceTensor> narrow1(ReferenceSession& session, const ReferenceTensor& x,
                                std::int64_t start, std::int64_t length);

// Refuses dtypes without arithmetic, and operands of different dtypes.
Status require_floating(const char* operation, const ReferenceTensor& x);
Status require_same_dtype(const char* operation, const ReferenceTensor& a,
                          const ReferenceTensor& b);

}  // namespace effgate
