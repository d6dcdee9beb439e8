#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/backend/backend.h"
#include "harness/backend/reference/tensor.h"
#include "harness/backend/reference/threads.h"
#include "harness/base/result.h"

namespace effgate {

// One piece of work on tensors that exist already. It can be done again.
using Work = std::function<void()>;

// The reference backend's session: threads, memory count, and what is being recorded.
class ReferenceSession {
 public:
  // A dry session checks shapes and makes tensors without memory; work is not done.
  explicit ReferenceSession(const effgate_environment& environment, bool dry = false);

  ThreadPool& pool() { return pool_; }
  bool dry() const { return dry_; }
  const MemoryCount& memory() const { return *memory_; }

  Result<ReferenceTensor> allocate(effgate_dtype dtype, const effgate_shape& shape);
  // Doubles that `worker` may use during one task, at least `count`.
  double* scratch(int worker, std::size_t count);

  // Does the work, or records it while a capture is being made.
  void execute(Work work);

  Status begin_capture();
  Result<std::vector<Work>> end_capture();
  bool capturing() const { return recording_.has_value(); }

 private:
  bool dry_;
  ThreadPool pool_;
  std::shared_ptr<MemoryCount> memory_ = std::make_shared<MemoryCount>();
  std::vector<std::vector<double>> scratch_;
  std::optional<std::vector<Work>> recording_;
};

}  // namespace effgate
