#include "harness/process/stop.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

namespace effgate {

Result<StopRequest> StopRequest::manual() {
  FileDescriptor descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!descriptor.valid()) return system_error("making", "a stop request", errno);
  return StopRequest(std::move(descriptor));
}

Result<StopRequest> StopRequest::on_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signals) sigaddset(&set, number);
  FileDescriptor descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.valid()) return system_error("making", "a stop request", errno);
  if (const int failure = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); failure != 0) {
    return system_error("blocking", "signals", failure);
  }
  return StopRequest(std::move(descriptor));
}

bool StopRequest::requested() const {
  pollfd entry{descriptor_.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

void StopRequest::request() {
  // Fails on a signalfd, and on an eventfd only when its counter is full: it is readable then.
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor_.get(), &one, sizeof one);
}

}  // namespace effgate
