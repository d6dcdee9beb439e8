#pragma once

#include <cstdint>

namespace effgate {

// The inner loops of convolution, in double. Every output is one chain of fused multiply-adds in
// the order of k, starting at zero, whatever the instruction set, so all of them give the same
// bits.
inline constexpr std::int64_t kTileRows = 6;
inline constexpr std::int64_t kTileColumns = 8;

struct ConvolutionKernels {
  const char* instruction_set;
  // c[6][8] = sum over k of a[k][6] * b[k][8]
  void (*multiply_tile)(std::int64_t depth, const double* a, const double* b, double* c);
  // out[i] = sum over t of weights[t] * sources[t][i]
  void (*weighted_sum)(std::int64_t terms, const double* const* sources, const double* weights,
                       std::int64_t count, double* out);
};

const ConvolutionKernels& portable_kernels();
// Null where the program was built for a processor that has none.
const ConvolutionKernels* avx2_kernels();
// The fastest that this processor runs.
const ConvolutionKernels& best_kernels();

}  // namespace effgate
