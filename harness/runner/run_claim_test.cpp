#include "harness/runner/run_claim.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

namespace effgate {
namespace {

class RunClaims : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file_atomically(database_, "x").ok()); }

  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
  std::filesystem::path database_ = directory_->path() / "a.db";
};

TEST_F(RunClaims, are_refused_while_another_holds_the_same_run) {
  std::optional<Result<RunClaim>> held = RunClaim::take(database_, RunId{1});
  ASSERT_TRUE(held->ok());
  EXPECT_EQ(RunClaim::take(database_, RunId{1}).error().kind, ErrorKind::refused);
  EXPECT_TRUE(RunClaim::take(database_, RunId{2}).ok());
  held.reset();
  EXPECT_TRUE(RunClaim::take(database_, RunId{1}).ok());
}

TEST_F(RunClaims, of_another_database_are_their_own) {
  const std::filesystem::path other = directory_->path() / "b.db";
  ASSERT_TRUE(write_file_atomically(other, "x").ok());
  const auto held = RunClaim::take(database_, RunId{1});
  EXPECT_TRUE(RunClaim::take(other, RunId{1}).ok());
}

TEST_F(RunClaims, end_with_a_process_that_is_killed) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    const auto held = RunClaim::take(database_, RunId{1});
    ::raise(held.ok() ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_TRUE(RunClaim::take(database_, RunId{1}).ok());
}

}  // namespace
}  // namespace effgate
