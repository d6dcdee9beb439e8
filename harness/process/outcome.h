#pragma once

#include <string>
#include <variant>

#include "harness/base/result.h"

namespace effgate {

// Why this process killed a child.
enum class KillReason { timed_out, over_memory, interrupted, abandoned };

struct Exited {
  int code = 0;
};
struct Signalled {  // by a signal that this process did not send
  int number = 0;
};
struct Killed {
  KillReason reason = KillReason::abandoned;
};

// How a process ended: exactly one of these.
using Outcome = std::variant<Exited, Signalled, Killed>;

// From the status of wait(2) and, where this process had sent SIGKILL, the reason for it. A child
// that ended by itself before the signal reached it counts as having ended by itself.
Outcome outcome_of(int wait_status, const KillReason* killed_for);

bool succeeded(const Outcome& outcome);

// "exited with code 3", "ended by signal 11 (SIGSEGV)", "killed: ran past its deadline".
std::string to_string(const Outcome& outcome);

// "SIGSEGV"; "SIG64" for a number without a name.
std::string signal_name(int number);

}  // namespace effgate
