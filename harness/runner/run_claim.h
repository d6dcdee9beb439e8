#pragma once

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/result.h"
#include "harness/store/records.h"

namespace effgate {

// Says to other processes of the host that this one is at work on a run, until it is destroyed or
// the process dies, however it dies. It leaves nothing on the disk.
class RunClaim {
 public:
  RunClaim() = default;  // claims nothing

  // Refused where another process is at work on it.
  static Result<RunClaim> take(const std::filesystem::path& database, RunId run);

 private:
  explicit RunClaim(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace effgate
