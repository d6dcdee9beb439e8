#include "harness/process/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "harness/base/text.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

struct Ends {
  FileDescriptor ours;
  FileDescriptor theirs;
};

// The new process uses 0, 1 and 2 for its streams, so what becomes one of them must lie above.
FileDescriptor above_streams(FileDescriptor descriptor) {
  if (!descriptor.valid() || descriptor.get() > 2) return descriptor;
  return FileDescriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3));
}

Result<Ends> checked(Ends ends, std::string_view what) {
  ends.theirs = above_streams(std::move(ends.theirs));
  if (!ends.theirs.valid()) return system_error("opening", what, errno);
  if (ends.ours.valid()) ::fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK);
  return ends;
}

Result<Ends> open_file(const fs::path& path, int flags) {
  return checked({{}, FileDescriptor(::open(path.c_str(), flags | O_CLOEXEC, 0666))},
                 path.string());
}

Result<Ends> output_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("making", "a pipe", errno);
  return checked({FileDescriptor(ends[0]), FileDescriptor(ends[1])}, "a pipe");
}

Result<Ends> input_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_error("making", "a socket pair", errno);
  }
  return checked({FileDescriptor(ends[0]), FileDescriptor(ends[1])}, "a socket pair");
}

// Opens what a stream leads to; `number` is the stream's own descriptor in this process.
struct StreamOpener {
  int number;

  Result<Ends> operator()(const NullStream&) const { return open_file("/dev/null", O_RDWR); }
  Result<Ends> operator()(const InheritStream&) const {
    return checked({{}, FileDescriptor(::fcntl(number, F_DUPFD_CLOEXEC, 3))}, "a standard stream");
  }
  Result<Ends> operator()(const PipeStream&) const {
    return number == STDIN_FILENO ? input_pipe() : output_pipe();
  }
  Result<Ends> operator()(const FileStream& file) const {
    if (number == STDIN_FILENO) return open_file(file.path, O_RDONLY);
    return open_file(file.path, O_WRONLY | O_CREAT | (file.append ? O_APPEND : O_TRUNC));
  }
  Result<Ends> operator()(const SameAsOutput&) const { return Ends{}; }
};

// The program's path, found as a shell would, from the caller's directory.
Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return fs::absolute(name).string();
  const char* search = std::getenv("PATH");
  for (const std::string& folder : split(search != nullptr ? search : "/usr/bin:/bin", ':')) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code ignored;
    if (fs::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0) {
      return fs::absolute(candidate).string();
    }
  }
  return Error{ErrorKind::not_found, fmt::format("starting {}: it is not in PATH", name)};
}

std::vector<std::string> merged_environment(const Command& command) {
  std::vector<std::string> merged;
  merged.reserve(command.environment.size());
  for (const auto& [name, value] : command.environment) {
    merged.push_back(fmt::format("{}={}", name, value));
  }
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& added : command.environment) replaced = replaced || added.first == name;
    if (!replaced) merged.emplace_back(text);
  }
  return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the new process needs between fork and exec, where nothing may be allocated.
struct Launch {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* directory = nullptr;
  std::array<int, 3> streams{-1, -1, -1};
  const Limits* limits = nullptr;
  pid_t parent = -1;
  int failure_pipe = -1;
};

// What failed in the new process before its program ran.
struct LaunchFailure {
  enum class Step : int { streams, directory, limits, program } step;
  int error_number;
};

[[noreturn]] void fail(const Launch& launch, LaunchFailure::Step step) {
  const LaunchFailure failure{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(launch.failure_pipe, &failure, sizeof failure);
  ::_exit(127);
}

bool set_limit(__rlimit_resource resource, std::uint64_t bytes) {
  const rlimit limit{bytes, bytes};
  return ::setrlimit(resource, &limit) == 0;
}

void restore_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Runs in the new process; only async-signal-safe calls.
[[noreturn]] void launch_program(const Launch& launch) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);  // it ended before the line above
  restore_signals();
  for (int number = 0; number < 3; ++number) {
    if (::dup2(launch.streams[static_cast<std::size_t>(number)], number) < 0) {
      fail(launch, LaunchFailure::Step::streams);
    }
  }
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (launch.directory != nullptr && ::chdir(launch.directory) != 0) {
    fail(launch, LaunchFailure::Step::directory);
  }
  const Limits& limits = *launch.limits;
  if (!set_limit(RLIMIT_CORE, limits.core_bytes) ||
      (limits.address_space_bytes && !set_limit(RLIMIT_AS, *limits.address_space_bytes))) {
    fail(launch, LaunchFailure::Step::limits);
  }
  ::execve(launch.program, launch.argv, launch.environment);
  fail(launch, LaunchFailure::Step::program);
}

Error told(const LaunchFailure& failure, const Command& command, const std::string& program) {
  switch (failure.step) {
    case LaunchFailure::Step::directory:
      return system_error("changing to the directory", command.working_directory,
                          failure.error_number);
    case LaunchFailure::Step::limits:
      return system_error("setting the limits of", program, failure.error_number);
    case LaunchFailure::Step::streams:
      return system_error("connecting the streams of", program, failure.error_number);
    case LaunchFailure::Step::program: break;
  }
  return system_error("starting", program, failure.error_number);
}

// Waits until the program runs: the pipe then closes without a word.
std::optional<LaunchFailure> read_failure(int pipe) {
  LaunchFailure failure{};
  ssize_t got = -1;
  do {
    got = ::read(pipe, &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof failure)) return std::nullopt;
  return failure;
}

// By number: glibc 2.36 declares pidfd_open() for C alone.
FileDescriptor open_pidfd(pid_t pid) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void reap_failed(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<Spawned> spawn(const Command& command) {
  if (command.argv.empty()) return Error{ErrorKind::bug, "starting a program without a name"};
  EFFGATE_ASSIGN(const std::string program, find_program(command.argv.front()));
  EFFGATE_ASSIGN(Ends input, std::visit(StreamOpener{STDIN_FILENO}, command.input));
  EFFGATE_ASSIGN(Ends output, std::visit(StreamOpener{STDOUT_FILENO}, command.output));
  EFFGATE_ASSIGN(Ends error, std::visit(StreamOpener{STDERR_FILENO}, command.error));
  EFFGATE_ASSIGN(Ends failure, output_pipe());
  // The failure pipe is read to its end before anything else happens, so it may block.
  ::fcntl(failure.ours.get(), F_SETFL, 0);

  std::vector<std::string> words = command.argv;
  std::vector<std::string> variables = merged_environment(command);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> environment = pointers_to(variables);
  Launch launch;
  launch.program = program.c_str();
  launch.argv = argv.data();
  launch.environment = environment.data();
  launch.directory =
      command.working_directory.empty() ? nullptr : command.working_directory.c_str();
  const int error_end = error.theirs.valid() ? error.theirs.get() : output.theirs.get();
  launch.streams = {input.theirs.get(), output.theirs.get(), error_end};
  launch.limits = &command.limits;
  launch.parent = ::getpid();
  launch.failure_pipe = failure.theirs.get();

  Spawned spawned;
  spawned.pid = ::fork();
  if (spawned.pid < 0) return system_error("forking for", program, errno);
  if (spawned.pid == 0) launch_program(launch);
  ::setpgid(spawned.pid, spawned.pid);  // so that the group exists when this call returns
  failure.theirs.reset();
  if (const auto failed = read_failure(failure.ours.get())) {
    reap_failed(spawned.pid);
    return told(*failed, command, program);
  }
  spawned.pidfd = open_pidfd(spawned.pid);
  if (!spawned.pidfd.valid()) {
    const int error_number = errno;
    ::kill(-spawned.pid, SIGKILL);
    reap_failed(spawned.pid);
    return system_error("watching", program, error_number);
  }
  spawned.input = std::move(input.ours);
  spawned.output = std::move(output.ours);
  spawned.error = std::move(error.ours);
  return spawned;
}

}  // namespace effgate
