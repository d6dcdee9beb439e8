#pragma once

#include <optional>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/backend/library.h"
#include "harness/base/result.h"

namespace effgate {

struct TimingOptions {
  int warm_up = 2;       // forward passes before the first sample
  int samples = 10;      // forward passes timed, at least 1
  bool capture = false;  // record one forward pass and time its replays
};

struct ForwardSample {
  double seconds = 0;                    // until the device has finished, on the host's clock
  std::optional<double> device_seconds;  // on the device's clock, where the session has events
};

// Times forward passes of an executor whose input is set. The frame is a Google Benchmark of one
// iteration with manual time, around a loop of our own that keeps every sample. A session that
// cannot capture is `unsupported`.
Result<std::vector<ForwardSample>> time_forward(Executor& executor, Session& session,
                                                const TimingOptions& options);

}  // namespace effgate
