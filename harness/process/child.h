#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "harness/base/files.h"
#include "harness/base/result.h"
#include "harness/process/command.h"
#include "harness/process/outcome.h"
#include "harness/process/stop.h"
#include "harness/process/tail.h"

namespace effgate {

using Deadline = std::chrono::steady_clock::time_point;

// A process that has ended and was reaped.
struct Finished {
  Outcome outcome;
  std::string output;  // the tail of standard output that was not taken, where it was a pipe
  std::string error;
  std::uint64_t output_dropped = 0;  // bytes before the tail
  std::uint64_t error_dropped = 0;
  std::uint64_t max_rss_bytes = 0;  // of the child and those of its own children it waited for
  double seconds = 0;               // from start to end
};

// A started process. Passive: nothing happens but inside wait_for_any() and the calls below.
// Destroying a child that has not ended kills its whole group.
class Child {
 public:
  // An error where the program cannot be started: not found, not executable, no such directory.
  static Result<Child> start(const Command& command);
  ~Child();
  Child(Child&& other) noexcept = default;
  Child& operator=(Child&& other) noexcept;

  pid_t pid() const { return state_.pid; }

  // Queues bytes for the child's standard input (PipeStream); wait_for_any() delivers them. A
  // child that no longer reads loses them silently: it will end or miss its deadline.
  void write_input(std::string_view bytes);
  // Lets the child see the end of its input after what is queued.
  void close_input();

  // What arrived on the pipes since it was last taken, at most the kept tail.
  std::string take_output() { return state_.output.kept.take(); }
  std::string take_error() { return state_.error.kept.take(); }

  // SIGKILL to the child's whole group. The first reason counts. The end comes by waiting.
  void kill_group(KillReason reason);

  // Set once the process has ended, its pipes are drained and what was left of its group is killed.
  const std::optional<Finished>& finished() const { return state_.finished; }

 private:
  friend class ChildPoll;
  struct Pipe {
    FileDescriptor descriptor;
    Tail kept{0};
  };
  struct State {
    pid_t pid = -1;
    FileDescriptor pidfd;  // open until the process is reaped
    FileDescriptor input;
    std::string input_queue;
    bool input_closing = false;
    Pipe output;
    Pipe error;
    Deadline started{};
    std::optional<KillReason> killed_for;
    std::optional<Finished> finished;
  };

  explicit Child(State state) : state_(std::move(state)) {}
  static void drain(Pipe& pipe);
  void deliver_input();
  void reap();
  void abandon();

  State state_;
};

enum class Wake {
  progress,  // a child wrote something, took input, or ended
  ready,     // one of `others` is readable
  deadline,  // the deadline has passed
  stopped,   // a stop was requested
};

// Waits until something happens to any of the children that have not ended, or to a descriptor of
// `others`, and takes in all that has happened. Where several things happened the answer is the
// last of the list above that is true. Returns `progress` at once where no child is left to wait
// for and there is neither a deadline nor another descriptor. Null children are skipped.
Result<Wake> wait_for_any(std::span<Child* const> children,
                          std::optional<Deadline> deadline = std::nullopt,
                          const StopRequest* stop = nullptr, std::span<const int> others = {});

// Resident memory of a process now, from /proc.
Result<std::uint64_t> resident_bytes(pid_t pid);

// SIGKILL to one process that is not our child, such as a cell forked by a server that reported
// its pid. One that has gone already is no error.
Status kill_process(pid_t pid);

}  // namespace effgate
