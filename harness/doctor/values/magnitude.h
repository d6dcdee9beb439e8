#pragma once

#include "harness/checkpoint/checkpoint.h"

namespace effgate {

// The largest magnitude among a tensor's elements, infinity where one is infinite or NaN; 0 for
// dtypes without either. Of a strided tensor too large to copy, what lies between its elements
// counts as its own.
double largest_magnitude(const TensorEntry& tensor);

}  // namespace effgate
