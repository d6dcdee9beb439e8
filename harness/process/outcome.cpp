#include "harness/process/outcome.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace effgate {
namespace {

const char* sentence(KillReason reason) {
  switch (reason) {
    case KillReason::timed_out: return "killed: ran past its deadline";
    case KillReason::over_memory: return "killed: used more memory than it may";
    case KillReason::interrupted: return "killed: a stop was requested";
    case KillReason::abandoned: return "killed: no longer needed";
  }
  return "killed";
}

}  // namespace

Outcome outcome_of(int wait_status, const KillReason* killed_for) {
  if (WIFEXITED(wait_status)) return Exited{WEXITSTATUS(wait_status)};
  const int number = WTERMSIG(wait_status);
  if (number == SIGKILL && killed_for != nullptr) return Killed{*killed_for};
  return Signalled{number};
}

bool succeeded(const Outcome& outcome) {
  const auto* exited = std::get_if<Exited>(&outcome);
  return exited != nullptr && exited->code == 0;
}

std::string to_string(const Outcome& outcome) {
  if (const auto* exited = std::get_if<Exited>(&outcome)) {
    return fmt::format("exited with code {}", exited->code);
  }
  if (const auto* signalled = std::get_if<Signalled>(&outcome)) {
    return fmt::format("ended by signal {} ({})", signalled->number,
                       signal_name(signalled->number));
  }
  return sentence(std::get_if<Killed>(&outcome)->reason);
}

std::string signal_name(int number) {
  const char* abbreviation = ::sigabbrev_np(number);
  return abbreviation != nullptr ? fmt::format("SIG{}", abbreviation)
                                 : fmt::format("SIG{}", number);
}

}  // namespace effgate
