#include "harness/backend/reference/threads.h"

#include <gtest/gtest.h>

#include <numeric>

namespace effgate {
namespace {

TEST(ThreadPool, does_every_task_once) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (const std::int64_t count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
      pool.run(count, [&](std::int64_t index, int worker) {
        ASSERT_GE(worker, 0);
        ASSERT_LT(worker, threads);
        ++done[static_cast<std::size_t>(index)];
      });
      for (const auto& times : done) ASSERT_EQ(times, 1);
    }
  }
}

TEST(ThreadPool, covers_a_range_without_gaps_or_overlaps) {
  ThreadPool pool(3);
  for (const std::int64_t count : {0, 1, 99, 100, 12345}) {
    std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
    pool.run_ranges(count, 10, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++done[static_cast<std::size_t>(i)];
    });
    for (const auto& times : done) ASSERT_EQ(times, 1);
  }
}

TEST(ThreadPool, works_many_times_in_a_row) {
  ThreadPool pool(4);
  std::atomic<std::int64_t> sum = 0;
  for (int i = 0; i < 2000; ++i) pool.run(4, [&](std::int64_t index, int) { sum += index; });
  EXPECT_EQ(sum, 2000 * 6);
}

}  // namespace
}  // namespace effgate
