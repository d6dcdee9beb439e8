// The CUDA part: an object of its own that is opened after libtorch_cuda, whose symbols it lacks.

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>

#include <memory>

#include "harness/backend/torch/cuda_part.h"
#include "harness/backend/torch/timing.h"

namespace effgate {
namespace {

// cudaEvent_t itself: the library's own event class moved and changed between versions.
struct CudaEvent : effgate_event {
  CudaEvent() { C10_CUDA_CHECK(cudaEventCreate(&event)); }
  ~CudaEvent() override { static_cast<void>(cudaEventDestroy(event)); }
  cudaEvent_t event = nullptr;
};

struct CudaCapture : effgate_capture {
  at::cuda::CUDAGraph graph;
};

effgate_event* event_create() { return std::make_unique<CudaEvent>().release(); }

void event_record(effgate_event& event) {
  const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
  C10_CUDA_CHECK(cudaEventRecord(static_cast<CudaEvent&>(event).event, stream));
}

double event_elapsed(const effgate_event& start, const effgate_event& end) {
  const cudaEvent_t last = static_cast<const CudaEvent&>(end).event;
  C10_CUDA_CHECK(cudaEventSynchronize(last));
  float milliseconds = 0;
  C10_CUDA_CHECK(
      cudaEventElapsedTime(&milliseconds, static_cast<const CudaEvent&>(start).event, last));
  return static_cast<double>(milliseconds) * 1e-3;
}

// A stream of its own, because the default one cannot be captured. The same one for warm-up and
// capture, so that what cuDNN and cuBLAS prepare per stream is there.
c10::cuda::CUDAStream capture_stream() {
  static const c10::cuda::CUDAStream kStream = c10::cuda::getStreamFromPool();
  return kStream;
}

void enter_capture_stream() { c10::cuda::setCurrentCUDAStream(capture_stream()); }

void leave_capture_stream() {
  C10_CUDA_CHECK(cudaStreamSynchronize(capture_stream().stream()));
  c10::cuda::setCurrentCUDAStream(c10::cuda::getDefaultCUDAStream());
}

effgate_capture* capture_begin() {
  auto capture = std::make_unique<CudaCapture>();
  enter_capture_stream();
  try {
    capture->graph.capture_begin();
  } catch (...) {
    c10::cuda::setCurrentCUDAStream(c10::cuda::getDefaultCUDAStream());
    throw;
  }
  return capture.release();
}

void capture_end(effgate_capture& capture) {
  try {
    static_cast<CudaCapture&>(capture).graph.capture_end();
  } catch (...) {
    c10::cuda::setCurrentCUDAStream(c10::cuda::getDefaultCUDAStream());
    throw;
  }
  c10::cuda::setCurrentCUDAStream(c10::cuda::getDefaultCUDAStream());
}

void capture_replay(effgate_capture& capture) { static_cast<CudaCapture&>(capture).graph.replay(); }

// Entry 0 of each statistic is the sum over all pools.
uint64_t peak_bytes() {
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(
      c10::cuda::getCurrentCUDAStream().device_index());
  return static_cast<uint64_t>(stats.allocated_bytes[0].peak);
}

}  // namespace
}  // namespace effgate

extern "C" __attribute__((visibility("default"))) const effgate::CudaPart*
effgate_torch_cuda_part() {
  using namespace effgate;
  static constexpr CudaPart kPart{event_create,         event_record,         event_elapsed,
                                  enter_capture_stream, leave_capture_stream, capture_begin,
                                  capture_end,          capture_replay,       peak_bytes};
  return &kPart;
}
