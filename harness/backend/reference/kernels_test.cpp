#include "harness/backend/reference/kernels.h"

#include <gtest/gtest.h>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

TEST(Kernels, multiply_a_tile) {
  const Array a = random_array({11, kTileRows}, 1);
  const Array b = random_array({11, kTileColumns}, 2);
  std::vector<double> tile(kTileRows * kTileColumns, -1);
  best_kernels().multiply_tile(11, a.values.data(), b.values.data(), tile.data());
  for (std::size_t row = 0; row < kTileRows; ++row) {
    for (std::size_t column = 0; column < kTileColumns; ++column) {
      double sum = 0;
      for (std::size_t k = 0; k < 11; ++k) {
        sum += a.values[k * kTileRows + row] * b.values[k * kTileColumns + column];
      }
      EXPECT_NEAR(tile[row * kTileColumns + column], sum, 1e-14);
    }
  }
}

TEST(Kernels, give_the_same_bits_on_any_instruction_set) {
  for (const std::int64_t count : {1, 3, 4, 31, 32, 33, 70}) {
    const Array sources = random_array({9, count}, 3);
    const Array weights = random_array({9}, 4);
    std::vector<const double*> rows;
    for (std::int64_t t = 0; t < 9; ++t) rows.push_back(sources.values.data() + t * count);
    std::vector<double> best(static_cast<std::size_t>(count));
    std::vector<double> portable(static_cast<std::size_t>(count));
    best_kernels().weighted_sum(9, rows.data(), weights.values.data(), count, best.data());
    portable_kernels().weighted_sum(9, rows.data(), weights.values.data(), count, portable.data());
    EXPECT_EQ(best, portable) << count;
  }
}

}  // namespace
}  // namespace effgate
