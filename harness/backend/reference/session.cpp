#include "harness/backend/reference/session.h"

#include <algorithm>
#include <utility>

#include "harness/base/text.h"

namespace effgate {

ReferenceSession::ReferenceSession(const effgate_environment& environment, bool dry)
    : dry_(dry),
      pool_(dry ? 1 : std::max<int>(environment.intra_op_threads, 1)),
      scratch_(static_cast<std::size_t>(pool_.size())) {}

Result<ReferenceTensor> ReferenceSession::allocate(effgate_dtype dtype,
                                                   const effgate_shape& shape) {
  ReferenceTensor tensor{dtype, shape, nullptr};
  if (dry_) return tensor;
  EFFGATE_ASSIGN(const std::size_t bytes, checked_bytes(dtype, shape));
  tensor.buffer = TensorBuffer::allocate(bytes, memory_);
  if (!tensor.buffer) {
    return Error{ErrorKind::out_of_memory, "no " + bytes_text(bytes) + " for " + shape_text(shape)};
  }
  return tensor;
}

double* ReferenceSession::scratch(int worker, std::size_t count) {
  std::vector<double>& own = scratch_[static_cast<std::size_t>(worker)];
  if (own.size() < count) own.resize(count);
  return own.data();
}

void ReferenceSession::execute(Work work) {
  if (dry_) return;
  if (recording_) {
    recording_->push_back(std::move(work));
  } else {
    work();
  }
}

Status ReferenceSession::begin_capture() {
  if (recording_) return Error{ErrorKind::usage, "a capture is being made already"};
  recording_.emplace();
  return success();
}

Result<std::vector<Work>> ReferenceSession::end_capture() {
  if (!recording_) return Error{ErrorKind::usage, "no capture is being made"};
  return *std::exchange(recording_, std::nullopt);
}

}  // namespace effgate
