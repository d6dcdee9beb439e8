#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// What the testing backend does wrong.
enum class FaultKind {
  crash,             // SIGSEGV
  abort,             // SIGABRT
  exit,              // ends the process with code 3
  hang,              // sleeps for ever
  eat_memory,        // allocates and touches `amount` bytes, then reports out of memory
  library_error,     // reports an internal assert
  out_of_memory,     // reports a failed allocation
  unsupported,       // reports a kernel that does not exist
  device_lost,       // reports a device that is gone
  nan,               // results hold NaN
  perturb,           // results are multiplied by 1 + amount
  nondeterministic,  // results are multiplied by 1 + amount * a number that is new in every run
  slow,              // each call takes `amount` times as long
  null,              // no arithmetic at all: shapes only
};

// One fault, and when it happens: at the call_number-th operation of a session (from 1), at every
// call of `function`, or, where neither is given, at every operation.
struct Fault {
  FaultKind kind{};
  std::int64_t call_number = 0;
  std::string function;
  double amount = 0;

  bool applies_to(std::int64_t number, std::string_view name) const;
};

// Reads "crash@12", "perturb@conv2d:1e-3", "slow:2.5,nan@softmax0": kinds with @WHEN and :AMOUNT,
// separated by commas. WHEN is a number, or a name of the table such as conv2d or from_data, or an
// operation's own such as silu_ or add. Errors are ErrorKind::usage.
Result<std::vector<Fault>> parse_faults(std::string_view text);

}  // namespace effgate
