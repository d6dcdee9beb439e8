#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace effgate {

// A fixed number of threads, the caller's among them. Which thread does which task is open, so
// results depend on the thread count only if a task's does.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls task(index, worker) for each index in [0, count); worker is in [0, size()). Tasks do not
  // throw.
  using Task = std::function<void(std::int64_t index, int worker)>;
  void run(std::int64_t count, const Task& task);

  // Calls range(begin, end) for pieces of [0, count) of at least `grain` but the last.
  using Range = std::function<void(std::int64_t begin, std::int64_t end)>;
  void run_ranges(std::int64_t count, std::int64_t grain, const Range& range);

 private:
  void work(int worker);
  void take_tasks(int worker);

  std::mutex mutex_;
  std::condition_variable started_;
  std::condition_variable finished_;
  // Guarded by mutex_.
  std::uint64_t round_ = 0;
  int busy_ = 0;
  bool ending_ = false;
  // Set before a round starts and constant during it.
  const Task* task_ = nullptr;
  std::int64_t count_ = 0;
  std::atomic<std::int64_t> next_{0};
  std::vector<std::thread> workers_;
};

}  // namespace effgate
