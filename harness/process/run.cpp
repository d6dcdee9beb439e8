#include "harness/process/run.h"

#include <array>

namespace effgate {

Result<Finished> run_process(const Command& command, std::optional<Deadline> deadline,
                             const StopRequest* stop) {
  EFFGATE_ASSIGN(Child child, Child::start(command));
  child.close_input();
  const std::array<Child*, 1> children{&child};
  while (!child.finished()) {
    EFFGATE_ASSIGN(const Wake wake, wait_for_any(children, deadline, stop));
    if (wake == Wake::deadline) {
      child.kill_group(KillReason::timed_out);
      deadline.reset();
    } else if (wake == Wake::stopped) {
      child.kill_group(KillReason::interrupted);
      stop = nullptr;
    }
  }
  return *child.finished();
}

Result<Finished> run_process_for(const Command& command, std::chrono::milliseconds limit,
                                 const StopRequest* stop) {
  return run_process(command, std::chrono::steady_clock::now() + limit, stop);
}

}  // namespace effgate
