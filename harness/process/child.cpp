#include "harness/process/child.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "harness/base/text.h"
#include "harness/process/spawn.h"

namespace effgate {
namespace {

template <typename Stream>
std::size_t kept_bytes(const Stream& stream) {
  const auto* pipe = std::get_if<PipeStream>(&stream);
  return pipe != nullptr ? pipe->keep_bytes : 0;
}

}  // namespace

Result<Child> Child::start(const Command& command) {
  State state;
  state.started = std::chrono::steady_clock::now();
  EFFGATE_ASSIGN(Spawned spawned, spawn(command));
  state.pid = spawned.pid;
  state.pidfd = std::move(spawned.pidfd);
  state.input = std::move(spawned.input);
  state.output = {std::move(spawned.output), Tail(kept_bytes(command.output))};
  state.error = {std::move(spawned.error), Tail(kept_bytes(command.error))};
  return Child(std::move(state));
}

Child::~Child() { abandon(); }

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  state_ = std::move(other.state_);
  return *this;
}

void Child::abandon() {
  if (!state_.pidfd.valid()) return;
  kill_group(KillReason::abandoned);
  reap();
}

void Child::kill_group(KillReason reason) {
  if (!state_.pidfd.valid()) return;
  if (!state_.killed_for) state_.killed_for = reason;
  ::kill(-state_.pid, SIGKILL);
}

void Child::write_input(std::string_view bytes) {
  if (!state_.input.valid() || state_.input_closing) return;
  state_.input_queue += bytes;
  deliver_input();
}

void Child::close_input() {
  state_.input_closing = true;
  if (state_.input_queue.empty()) state_.input.reset();
}

// Writes what the child takes now.
void Child::deliver_input() {
  std::string& queue = state_.input_queue;
  while (state_.input.valid() && !queue.empty()) {
    const ssize_t sent =
        ::send(state_.input.get(), queue.data(), queue.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      queue.erase(0, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      queue.clear();
      state_.input.reset();
    }
  }
  if (state_.input_closing) state_.input.reset();
}

// Reads what is there, in bounded time; closes the pipe at its end.
void Child::drain(Pipe& pipe) {
  constexpr int kMostReads = 64;
  std::array<char, 65536> buffer;
  for (int reads = 0; pipe.descriptor.valid() && reads < kMostReads; ++reads) {
    const ssize_t got = ::read(pipe.descriptor.get(), buffer.data(), buffer.size());
    if (got > 0) {
      pipe.kept.append({buffer.data(), static_cast<std::size_t>(got)});
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      pipe.descriptor.reset();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void Child::reap() {
  // Before the wait, while the pid cannot be anyone else's: its own children, if any are left.
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(state_.pid), &info, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  ::kill(-state_.pid, SIGKILL);
  int status = 0;
  rusage usage{};
  while (::wait4(state_.pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  drain(state_.output);
  drain(state_.error);
  Finished finished;
  finished.outcome = outcome_of(status, state_.killed_for ? &*state_.killed_for : nullptr);
  finished.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - state_.started).count();
  finished.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  finished.output = state_.output.kept.take();
  finished.error = state_.error.kept.take();
  finished.output_dropped = state_.output.kept.dropped();
  finished.error_dropped = state_.error.kept.dropped();
  state_.finished = std::move(finished);
  for (FileDescriptor* descriptor :
       {&state_.output.descriptor, &state_.error.descriptor, &state_.input, &state_.pidfd}) {
    descriptor->reset();
  }
}

Result<std::uint64_t> resident_bytes(pid_t pid) {
  EFFGATE_ASSIGN(const std::string text, read_text_file(fmt::format("/proc/{}/statm", pid), 4096));
  const auto fields = split(text, ' ');
  const auto pages = fields.size() > 1 ? parse_integer(fields[1]) : std::nullopt;
  if (!pages) return Error{ErrorKind::malformed, fmt::format("reading /proc/{}/statm", pid)};
  return static_cast<std::uint64_t>(*pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Status kill_process(pid_t pid) {
  if (pid <= 1) return Error{ErrorKind::bug, fmt::format("killing process {}", pid)};
  if (::kill(pid, SIGKILL) == 0 || errno == ESRCH) return success();
  return system_error("killing", fmt::format("process {}", pid), errno);
}

}  // namespace effgate
