#include "harness/process/outcome.h"

#include <gtest/gtest.h>

#include <csignal>

namespace effgate {
namespace {

// Statuses as wait(2) encodes them on Linux: the exit code in bits 8 to 15, the signal in 0 to 6.
constexpr int exited(int code) { return code << 8; }

TEST(Outcome, tells_exit_codes_apart) {
  EXPECT_TRUE(succeeded(outcome_of(exited(0), nullptr)));
  const Outcome failed = outcome_of(exited(3), nullptr);
  EXPECT_FALSE(succeeded(failed));
  EXPECT_EQ(to_string(failed), "exited with code 3");
}

TEST(Outcome, names_the_signal) {
  EXPECT_EQ(to_string(outcome_of(SIGSEGV, nullptr)), "ended by signal 11 (SIGSEGV)");
  constexpr int kCoreDumped = 0x80;
  EXPECT_EQ(to_string(outcome_of(SIGABRT | kCoreDumped, nullptr)), "ended by signal 6 (SIGABRT)");
}

TEST(Outcome, is_killed_only_where_we_sent_the_kill) {
  const KillReason reason = KillReason::timed_out;
  EXPECT_TRUE(std::holds_alternative<Killed>(outcome_of(SIGKILL, &reason)));
  EXPECT_TRUE(std::holds_alternative<Signalled>(outcome_of(SIGKILL, nullptr)));
}

TEST(Outcome, of_a_child_that_ended_before_our_kill_is_its_own) {
  const KillReason reason = KillReason::timed_out;
  EXPECT_TRUE(succeeded(outcome_of(exited(0), &reason)));
  EXPECT_TRUE(std::holds_alternative<Signalled>(outcome_of(SIGSEGV, &reason)));
}

}  // namespace
}  // namespace effgate
