#pragma once

#include <sys/types.h>

#include "harness/base/files.h"
#include "harness/base/result.h"
#include "harness/process/command.h"

namespace effgate {

// A process just started and this side's ends of its pipes, not blocking; without a pipe, none.
struct Spawned {
  pid_t pid = -1;
  FileDescriptor pidfd;  // readable once the process has ended
  FileDescriptor input;  // a socket, so that writing to a dead reader is an error and no SIGPIPE
  FileDescriptor output;
  FileDescriptor error;
};

// Forks and executes. The caller reaps the process.
Result<Spawned> spawn(const Command& command);

}  // namespace effgate
