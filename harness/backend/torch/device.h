#pragma once

#include <c10/core/Device.h>

#include <cstdint>

#include "harness/backend/backend.h"
#include "harness/backend/torch/cuda_part.h"

namespace effgate {

// Devices of that kind, at least one; brings in the library's CUDA half on first use. Throws a
// CallError of EFFGATE_UNSUPPORTED that begins with `cuda_not_installed: ` or `no_device: `.
int32_t count_devices(effgate_device device);

// The device that a session computes on, after count_devices() has found one.
c10::Device ready_device(effgate_device device);

// The CUDA part of this adapter. Throws EFFGATE_UNSUPPORTED where it was not built.
const CudaPart& cuda_part();

// Waits for the device; works without the CUDA part too.
void wait_for(const c10::Device& device);

}  // namespace effgate
