#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <utility>

#include "harness/backend/backend.h"
#include "harness/backend/torch/errors.h"
#include "harness/backend/torch/timing.h"

// What the opaque handles of backend.h are.

struct effgate_session {
  effgate_environment environment;
  c10::Device device;
  std::unique_ptr<effgate_capture> recording;  // between capture_begin and capture_end
};

struct effgate_tensor {
  at::Tensor value;
  bool borrowed = false;  // shares the caller's memory, which is never written
};

namespace effgate {

// Hands ownership to the caller.
template <typename Handle>
Handle* give(std::unique_ptr<Handle> handle) {
  return handle.release();
}

inline effgate_tensor* give_tensor(at::Tensor value, bool borrowed = false) {
  return give(std::make_unique<effgate_tensor>(effgate_tensor{std::move(value), borrowed}));
}

template <typename Handle>
void take_back(Handle* handle) {
  std::unique_ptr<Handle>{handle}.reset();
}

inline const at::Tensor& value_of(const effgate_tensor* tensor) {
  require(tensor != nullptr, "a null tensor");
  return tensor->value;
}

// The tensor of a call in place.
inline at::Tensor& writable_value_of(effgate_tensor* tensor) {
  require(tensor != nullptr, "a null tensor");
  require(!tensor->borrowed, "a call in place on a borrowed tensor");
  return tensor->value;
}

inline effgate_session& session_of(effgate_session* session) {
  require(session != nullptr, "a null session");
  return *session;
}

// The session of a call that a capture cannot record.
inline effgate_session& uncaptured(effgate_session* session) {
  require(session_of(session).recording == nullptr, "not allowed while capturing");
  return *session;
}

// A call that makes one tensor: `body` gives an at::Tensor.
template <typename Body>
effgate_code making(effgate_session* session, effgate_tensor** out, effgate_text error,
                    const Body& body) noexcept {
  return guarded(error, [&] {
    session_of(session);
    require(out != nullptr, "no place for the result");
    *out = give_tensor(body());
  });
}

}  // namespace effgate
