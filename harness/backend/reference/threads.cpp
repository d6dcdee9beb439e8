#include "harness/backend/reference/threads.h"

#include <algorithm>

namespace effgate {

ThreadPool::ThreadPool(int threads) {
  for (int worker = 1; worker < threads; ++worker) {
    workers_.emplace_back([this, worker] { work(worker); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  started_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::int64_t count, const Task& task) {
  if (workers_.empty() || count <= 1) {
    for (std::int64_t index = 0; index < count; ++index) task(index, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    count_ = count;
    next_ = 0;
    busy_ = static_cast<int>(workers_.size());
    ++round_;
  }
  started_.notify_all();
  take_tasks(0);
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return busy_ == 0; });
}

void ThreadPool::run_ranges(std::int64_t count, std::int64_t grain, const Range& range) {
  const std::int64_t pieces = std::min<std::int64_t>(count / std::max<std::int64_t>(grain, 1),
                                                     static_cast<std::int64_t>(size()) * 4);
  if (pieces <= 1 || size() == 1) {
    if (count > 0) range(0, count);
    return;
  }
  run(pieces, [&](std::int64_t piece, int) {
    range(count * piece / pieces, count * (piece + 1) / pieces);
  });
}

void ThreadPool::work(int worker) {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    started_.wait(lock, [&] { return ending_ || round_ != seen; });
    if (ending_) return;
    seen = round_;
    lock.unlock();
    take_tasks(worker);
    lock.lock();
    if (--busy_ == 0) finished_.notify_one();
  }
}

void ThreadPool::take_tasks(int worker) {
  for (std::int64_t index = next_++; index < count_; index = next_++) (*task_)(index, worker);
}

}  // namespace effgate
