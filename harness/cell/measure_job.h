#pragma once

#include "harness/base/result.h"
#include "harness/cell/network_run.h"

namespace effgate {

// Drift, determinism and time of a prepared run, as its job asks. Sets `run.ending` where the
// outputs are what makes the cell end.
Status measure(NetworkRun& run);

}  // namespace effgate
