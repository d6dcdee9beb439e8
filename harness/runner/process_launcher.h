#pragma once

#include <filesystem>
#include <memory>

#include "harness/base/result.h"
#include "harness/runner/launcher.h"

namespace effgate {

// Runs jobs with effgate-cell: forked from a server that has the library loaded and has run
// nothing, one for each (adapter, environment), or in processes of their own. Keeps jobs' files in
// a temporary directory that goes with the object. At the end every process it started is killed.
class ProcessLauncher : public Launcher {
 public:
  static Result<std::unique_ptr<ProcessLauncher>> create(std::filesystem::path cell_program);
  ~ProcessLauncher() override;
  ProcessLauncher(ProcessLauncher&& other) noexcept;
  ProcessLauncher& operator=(ProcessLauncher&& other) noexcept;

  Result<Ticket> start(const LaunchRequest& request) override;
  Result<std::optional<JobEnd>> wait(const StopRequest* stop) override;

 private:
  class Implementation;
  explicit ProcessLauncher(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace effgate
