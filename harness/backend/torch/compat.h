#pragma once

// Every difference between LibTorch versions that this adapter meets, as a feature with what
// changed when. The only file that may mention TORCH_VERSION_*.

#include <torch/version.h>

#include <array>
#include <string_view>

#include "harness/backend/backend.h"

#define EFFGATE_TORCH_HEADER_VERSION TORCH_VERSION

#define EFFGATE_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) ||          \
   (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

// 2.0 added the switch for reduced-precision bfloat16 sums in cuBLAS; float16 always had one.
#define EFFGATE_TORCH_HAS_BF16_REDUCTION EFFGATE_TORCH_AT_LEAST(2, 0)

// 2.1 added at::get_cpu_capability(), the instruction set that kernels were chosen for.
#define EFFGATE_TORCH_HAS_CPU_CAPABILITY EFFGATE_TORCH_AT_LEAST(2, 1)

// 2.5 added deterministic oneDNN.
#define EFFGATE_TORCH_HAS_DETERMINISTIC_ONEDNN EFFGATE_TORCH_AT_LEAST(2, 5)

// 2.9 replaced the TF32 switches by a precision per backend and operation, and throws when both
// families are used in one process.
#define EFFGATE_TORCH_HAS_FLOAT32_PRECISION EFFGATE_TORCH_AT_LEAST(2, 9)

// 2.10 made enumerations of what 2.9 took as strings.
#define EFFGATE_TORCH_HAS_FLOAT32_PRECISION_ENUMS EFFGATE_TORCH_AT_LEAST(2, 10)

namespace effgate {

struct MessageRule {
  std::string_view part;
  effgate_code code;
};

// From a part of the library's message to a code. Exception classes do not tell these apart: on a
// CPU, out of memory and a missing kernel are both plain c10::Error. The first match counts.
inline constexpr std::array kMessageRules{
    // Allocators: c10/core/impl/alloc_cpu.cpp, CUDACachingAllocator, cuDNN and cuBLAS workspaces.
    MessageRule{"can't allocate memory", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"not enough memory", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"out of memory", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"CUDNN_STATUS_ALLOC_FAILED", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"CUBLAS_STATUS_ALLOC_FAILED", EFFGATE_OUT_OF_MEMORY},
    MessageRule{"Storage size calculation overflowed", EFFGATE_OUT_OF_MEMORY},
    // No kernel: AT_DISPATCH, the dispatcher, CUDA without code for this device, determinism.
    MessageRule{"not implemented for '", EFFGATE_UNSUPPORTED},
    MessageRule{"Could not run '", EFFGATE_UNSUPPORTED},
    MessageRule{"no kernel image is available", EFFGATE_UNSUPPORTED},
    MessageRule{"does not have a deterministic implementation", EFFGATE_UNSUPPORTED},
    MessageRule{"Found no NVIDIA driver", EFFGATE_UNSUPPORTED},
    MessageRule{"driver version is insufficient", EFFGATE_UNSUPPORTED},
    MessageRule{"No CUDA GPUs are available", EFFGATE_UNSUPPORTED},
    MessageRule{"no CUDA-capable device", EFFGATE_UNSUPPORTED},
    // A CUDA context that is of no more use.
    MessageRule{"illegal memory access", EFFGATE_DEVICE_LOST},
    MessageRule{"device-side assert", EFFGATE_DEVICE_LOST},
    MessageRule{"unspecified launch failure", EFFGATE_DEVICE_LOST},
    MessageRule{"uncorrectable ECC error", EFFGATE_DEVICE_LOST},
    MessageRule{"misaligned address", EFFGATE_DEVICE_LOST},
    MessageRule{"the launch timed out", EFFGATE_DEVICE_LOST},
    // Operands that do not fit each other.
    MessageRule{"expected input", EFFGATE_INVALID},
    MessageRule{"must match the size of tensor", EFFGATE_INVALID},
    MessageRule{"Sizes of tensors must match", EFFGATE_INVALID},
    MessageRule{"to be equal size", EFFGATE_INVALID},
    MessageRule{"expected a non-empty", EFFGATE_INVALID},
    MessageRule{"should contain", EFFGATE_INVALID},
    MessageRule{"can't be greater than actual input size", EFFGATE_INVALID},
    MessageRule{"out of range", EFFGATE_INVALID},
    MessageRule{"exceeds dimension size", EFFGATE_INVALID},
    MessageRule{"expected scalar type", EFFGATE_INVALID},
    MessageRule{"should be the same", EFFGATE_INVALID},
    MessageRule{"doesn't match the broadcast shape", EFFGATE_INVALID},
};

}  // namespace effgate
