#pragma once

#include <cstdint>

#include "harness/backend/backend.h"

namespace effgate {

// What only code with CUDA headers can do. Both objects of the adapter are built by one compiler
// against one library, so exceptions may pass from here to guarded(). Events and captures are
// those of backend.h, freed by the functions of the table.
struct CudaPart {
  effgate_event* (*event_create)();
  void (*event_record)(effgate_event&);
  double (*event_elapsed)(const effgate_event& start, const effgate_event& end);

  void (*enter_capture_stream)();  // work goes to a stream that can be captured
  void (*leave_capture_stream)();
  effgate_capture* (*capture_begin)();
  void (*capture_end)(effgate_capture&);
  void (*capture_replay)(effgate_capture&);

  uint64_t (*peak_bytes)();
};

}  // namespace effgate

// The one symbol of the CUDA part.
#define EFFGATE_CUDA_PART_ENTRY "effgate_torch_cuda_part"
using effgate_cuda_part_entry = const effgate::CudaPart* (*)();
