#include "harness/backend/torch/timing.h"

#include <chrono>
#include <memory>

#include "harness/backend/torch/adapter.h"
#include "harness/backend/torch/device.h"
#include "harness/backend/torch/handles.h"

namespace effgate {
namespace {

using Clock = std::chrono::steady_clock;

// A CPU has done what was asked when the call returns.
struct CpuEvent : effgate_event {
  Clock::time_point at;
  bool recorded = false;
};

const CpuEvent& recorded_on_cpu(const effgate_event* event) {
  const auto& on_cpu = static_cast<const CpuEvent&>(*event);
  require(on_cpu.recorded, "an event was not recorded");
  return on_cpu;
}

const CudaPart& capturing_part(effgate_session* session) {
  if (!session_of(session).device.is_cuda()) {
    throw CallError(EFFGATE_UNSUPPORTED, "no_capture: a CPU session cannot capture");
  }
  return cuda_part();
}

effgate_code synchronize(effgate_session* session, effgate_text error) {
  return guarded(error, [&] { wait_for(uncaptured(session).device); });
}

effgate_code event_create(effgate_session* session, effgate_event** out, effgate_text error) {
  return guarded(error, [&] {
    require(out != nullptr, "no place for the event");
    *out = session_of(session).device.is_cuda() ? cuda_part().event_create()
                                                : give(std::make_unique<CpuEvent>());
  });
}

effgate_code event_record(effgate_session* session, effgate_event* event, effgate_text error) {
  return guarded(error, [&] {
    require(event != nullptr, "a null event");
    if (session_of(session).device.is_cuda()) return cuda_part().event_record(*event);
    auto& on_cpu = static_cast<CpuEvent&>(*event);
    on_cpu.at = Clock::now();
    on_cpu.recorded = true;
  });
}

effgate_code event_elapsed(effgate_session* session, const effgate_event* start,
                           const effgate_event* end, double* seconds, effgate_text error) {
  return guarded(error, [&] {
    require(start != nullptr && end != nullptr && seconds != nullptr, "a null event or result");
    if (session_of(session).device.is_cuda()) {
      *seconds = cuda_part().event_elapsed(*start, *end);
      return;
    }
    const Clock::duration between = recorded_on_cpu(end).at - recorded_on_cpu(start).at;
    *seconds = std::chrono::duration<double>(between).count();
  });
}

effgate_code capture_warm_up(effgate_session* session, int32_t enter, effgate_text error) {
  return guarded(error, [&] {
    const CudaPart& part = capturing_part(session);
    wait_for(uncaptured(session).device);
    enter != 0 ? part.enter_capture_stream() : part.leave_capture_stream();
  });
}

effgate_code capture_begin(effgate_session* session, effgate_text error) {
  return guarded(error, [&] {
    const CudaPart& part = capturing_part(session);
    wait_for(uncaptured(session).device);
    session->recording.reset(part.capture_begin());
  });
}

effgate_code capture_end(effgate_session* session, effgate_capture** out, effgate_text error) {
  return guarded(error, [&] {
    require(out != nullptr, "no place for the capture");
    const CudaPart& part = capturing_part(session);
    require(session->recording != nullptr, "no capture is being made");
    auto made = std::exchange(session->recording, nullptr);
    part.capture_end(*made);
    *out = give(std::move(made));
  });
}

effgate_code capture_replay(effgate_session* session, effgate_capture* capture,
                            effgate_text error) {
  return guarded(error, [&] {
    require(capture != nullptr, "a null capture");
    const CudaPart& part = capturing_part(session);
    uncaptured(session);
    part.capture_replay(*capture);
  });
}

// A CPU's allocator keeps no count.
effgate_code peak_device_bytes(effgate_session* session, uint64_t* out, effgate_text error) {
  return guarded(error, [&] {
    require(out != nullptr, "no place for the count");
    *out = session_of(session).device.is_cuda() ? cuda_part().peak_bytes() : 0;
  });
}

}  // namespace

void add_timing(effgate_backend& table) {
  table.synchronize = synchronize;
  table.event_create = event_create;
  table.event_record = event_record;
  table.event_elapsed = event_elapsed;
  table.event_free = take_back<effgate_event>;
  table.capture_warm_up = capture_warm_up;
  table.capture_begin = capture_begin;
  table.capture_end = capture_end;
  table.capture_replay = capture_replay;
  table.capture_free = take_back<effgate_capture>;
  table.peak_device_bytes = peak_device_bytes;
}

}  // namespace effgate
