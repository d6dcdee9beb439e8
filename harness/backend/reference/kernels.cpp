#include "harness/backend/reference/kernels.h"

#include <cmath>

namespace effgate {
namespace {

void multiply_tile(std::int64_t depth, const double* a, const double* b, double* c) {
  double sums[kTileRows * kTileColumns] = {};
  for (std::int64_t k = 0; k < depth; ++k) {
    for (std::int64_t row = 0; row < kTileRows; ++row) {
      for (std::int64_t column = 0; column < kTileColumns; ++column) {
        double& sum = sums[row * kTileColumns + column];
        sum = std::fma(a[k * kTileRows + row], b[k * kTileColumns + column], sum);
      }
    }
  }
  for (std::int64_t i = 0; i < kTileRows * kTileColumns; ++i) c[i] = sums[i];
}

void weighted_sum(std::int64_t terms, const double* const* sources, const double* weights,
                  std::int64_t count, double* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (std::int64_t term = 0; term < terms; ++term) {
      sum = std::fma(weights[term], sources[term][i], sum);
    }
    out[i] = sum;
  }
}

bool processor_has_avx2_and_fma() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
#else
  return false;
#endif
}

}  // namespace

const ConvolutionKernels& portable_kernels() {
  static constexpr ConvolutionKernels kKernels{"portable", multiply_tile, weighted_sum};
  return kKernels;
}

const ConvolutionKernels& best_kernels() {
  const ConvolutionKernels* avx2 = avx2_kernels();
  return avx2 != nullptr && processor_has_avx2_and_fma() ? *avx2 : portable_kernels();
}

}  // namespace effgate
