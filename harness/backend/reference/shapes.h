#pragma once

#include <span>

#include "harness/backend/backend.h"
#include "harness/base/result.h"

namespace effgate {

// The shape that an operation gives, or why its operands do not fit (ErrorKind::usage).
Result<effgate_shape> conv2d_shape(const effgate_shape& x, const effgate_shape& weight,
                                   const effgate_shape* bias, const effgate_window& window);
Result<effgate_shape> pool2d_shape(const effgate_shape& x, const effgate_window& window);
Result<effgate_shape> pad_shape(const effgate_shape& x, const std::int64_t pads[4]);
Result<effgate_shape> resized_shape(const effgate_shape& x, std::int64_t height,
                                    std::int64_t width);
Result<effgate_shape> broadcast_shape(const effgate_shape& a, const effgate_shape& b);
Result<effgate_shape> without_first_dim(const effgate_shape& x);
Result<effgate_shape> without_last_dim(const effgate_shape& x);
Result<effgate_shape> stacked_last_shape(std::span<const effgate_shape> xs);
Result<effgate_shape> concatenated_shape(std::span<const effgate_shape> xs);
Result<effgate_shape> narrowed_shape(const effgate_shape& x, std::int64_t start,
                                     std::int64_t length);

// Refuses what is no [N,C,H,W].
Status require_image(const effgate_shape& x);

}  // namespace effgate
