// Compiled with -mavx2 -mfma where that is possible. Nothing but these loops may be in this file:
// an inline function of a header would be compiled for AVX2 too and could be the copy that the
// linker keeps for everyone.
#include "harness/backend/reference/kernels.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

namespace effgate {
namespace {

void multiply_tile(std::int64_t depth, const double* a, const double* b, double* c) {
  __m256d sums[kTileRows][2];
  for (auto& row : sums) row[0] = row[1] = _mm256_setzero_pd();
  for (std::int64_t k = 0; k < depth; ++k) {
    const __m256d left = _mm256_loadu_pd(b);
    const __m256d right = _mm256_loadu_pd(b + 4);
#pragma GCC unroll 6
    for (int row = 0; row < kTileRows; ++row) {
      const __m256d factor = _mm256_broadcast_sd(a + row);
      sums[row][0] = _mm256_fmadd_pd(factor, left, sums[row][0]);
      sums[row][1] = _mm256_fmadd_pd(factor, right, sums[row][1]);
    }
    a += kTileRows;
    b += kTileColumns;
  }
  for (int row = 0; row < kTileRows; ++row) {
    _mm256_storeu_pd(c + row * kTileColumns, sums[row][0]);
    _mm256_storeu_pd(c + row * kTileColumns + 4, sums[row][1]);
  }
}

constexpr int kBlock = 8;

template <int Vectors>
void sum_block(std::int64_t terms, const double* const* sources, const double* weights,
               std::int64_t start, double* out) {
  __m256d sums[Vectors];
  for (auto& sum : sums) sum = _mm256_setzero_pd();
  for (std::int64_t term = 0; term < terms; ++term) {
    const __m256d weight = _mm256_broadcast_sd(weights + term);
    const double* source = sources[term] + start;
#pragma GCC unroll 8
    for (int i = 0; i < Vectors; ++i) {
      sums[i] = _mm256_fmadd_pd(weight, _mm256_loadu_pd(source + 4 * i), sums[i]);
    }
  }
  for (int i = 0; i < Vectors; ++i) _mm256_storeu_pd(out + start + 4 * i, sums[i]);
}

double sum_one(std::int64_t terms, const double* const* sources, const double* weights,
               std::int64_t index) {
  double sum = 0;
  for (std::int64_t term = 0; term < terms; ++term) {
    sum = __builtin_fma(weights[term], sources[term][index], sum);
  }
  return sum;
}

void weighted_sum(std::int64_t terms, const double* const* sources, const double* weights,
                  std::int64_t count, double* out) {
  std::int64_t i = 0;
  for (; i + 4 * kBlock <= count; i += 4 * kBlock) {
    sum_block<kBlock>(terms, sources, weights, i, out);
  }
  for (; i + 4 <= count; i += 4) sum_block<1>(terms, sources, weights, i, out);
  for (; i < count; ++i) out[i] = sum_one(terms, sources, weights, i);
}

constexpr ConvolutionKernels kKernels{"avx2+fma", multiply_tile, weighted_sum};

}  // namespace

const ConvolutionKernels* avx2_kernels() { return &kKernels; }

}  // namespace effgate
#else

namespace effgate {

const ConvolutionKernels* avx2_kernels() { return nullptr; }

}  // namespace effgate
#endif
