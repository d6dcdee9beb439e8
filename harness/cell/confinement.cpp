#include "harness/cell/confinement.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/base/files.h"

namespace effgate {

Status limit_resources(std::uint64_t memory_bytes) {
  const rlimit no_core{0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return system_error("limiting", "core files", errno);
  if (memory_bytes == 0) return success();
  rlimit memory{};
  if (getrlimit(RLIMIT_AS, &memory) != 0) return system_error("reading", "RLIMIT_AS", errno);
  memory.rlim_cur = std::min<rlim_t>(memory_bytes, memory.rlim_max);
  memory.rlim_max = memory.rlim_cur;
  if (setrlimit(RLIMIT_AS, &memory) != 0) return system_error("limiting", "memory", errno);
  return success();
}

void end_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

Status redirect_streams(const std::filesystem::path& path) {
  FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.valid()) return system_error("opening", path, errno);
  if (dup2(nothing.get(), STDIN_FILENO) < 0 || dup2(file.get(), STDOUT_FILENO) < 0 ||
      dup2(file.get(), STDERR_FILENO) < 0) {
    return system_error("redirecting output to", path, errno);
  }
  return success();
}

}  // namespace effgate
