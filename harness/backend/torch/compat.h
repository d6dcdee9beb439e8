#pragma once

// Every difference between LibTorch versions that this adapter meets, as a feature with what
// changed when. The only file that may mention TORCH_VERSION_*.

#include <torch/version.h>

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
