#pragma once

#include <chrono>
#include <optional>

#include "harness/base/result.h"
#include "harness/process/child.h"

namespace effgate {

// Starts a program and waits for its end. At the deadline, or when a stop is requested, its whole
// group is killed and the outcome says so. An error means that it could not be started.
Result<Finished> run_process(const Command& command,
                             std::optional<Deadline> deadline = std::nullopt,
                             const StopRequest* stop = nullptr);

// The same with the deadline counted from now.
Result<Finished> run_process_for(const Command& command, std::chrono::milliseconds limit,
                                 const StopRequest* stop = nullptr);

}  // namespace effgate
