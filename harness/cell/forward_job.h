#pragma once

#include "harness/base/result.h"
#include "harness/cell/network_run.h"

namespace effgate {

// One forward pass of a prepared run, written to the job's output as safetensors in the run's
// dtype: class/L, box/L, with `detections` det, with `taps` every named intermediate.
Status write_forward(NetworkRun& run, bool detections, bool taps);

}  // namespace effgate
