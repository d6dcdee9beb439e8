#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/process/outcome.h"
#include "harness/process/stop.h"

namespace effgate {

using EnvironmentVariables = std::vector<std::pair<std::string, std::string>>;

// A job for effgate-cell and the bounds of its process.
struct LaunchRequest {
  CellJob job;
  bool fresh = false;                // a process of its own, not forked from a loaded library
  EnvironmentVariables environment;  // set before the library is loaded
  double timeout_s = 120;
  std::uint64_t resident_bytes = 0;  // killed beyond this resident size; 0 does not watch
};

using Ticket = std::int64_t;

// How a job ended, whatever became of its process.
struct JobEnd {
  Ticket ticket = 0;
  std::vector<CellRecordLine> records;  // everything it had found
  Outcome outcome;
  std::string stderr_tail;
  std::uint64_t max_rss_bytes = 0;
  double seconds = 0;
  std::optional<std::string> not_loaded;  // why the library could not be loaded
  bool lost = false;  // the process that it was forked from died; trying again is fair
};

// Runs jobs in other processes. ProcessLauncher is the real one; tests use a scripted one.
class Launcher {
 public:
  virtual ~Launcher() = default;
  virtual Result<Ticket> start(const LaunchRequest& request) = 0;
  // Blocks until some job ends; nothing where a stop was requested first. REQUIRES: one runs.
  virtual Result<std::optional<JobEnd>> wait(const StopRequest* stop) = 0;
};

}  // namespace effgate
