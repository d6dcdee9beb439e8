#include "harness/process/child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

namespace effgate {
namespace {

using std::chrono::seconds;

Child start(std::vector<std::string> arguments) {
  Command command;
  command.argv = {MISBEHAVE_PROGRAM};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.input = PipeStream{};
  auto child = Child::start(command);
  EXPECT_TRUE(child.ok()) << child.error().message;
  return *std::move(child);
}

Deadline far_away() { return std::chrono::steady_clock::now() + seconds(60); }

void wait_for_end(Child& child) {
  const std::array<Child*, 1> children{&child};
  while (!child.finished()) {
    const auto wake = wait_for_any(children, far_away());
    ASSERT_TRUE(wake.ok());
    ASSERT_NE(*wake, Wake::deadline);
  }
}

std::string read_line(Child& child) {
  const std::array<Child*, 1> children{&child};
  std::string line;
  while (line.find('\n') == std::string::npos && !child.finished()) {
    const auto wake = wait_for_any(children, far_away());
    if (!wake.ok() || *wake == Wake::deadline) return line;
    line += child.take_output();
  }
  return line;
}

TEST(Child, answers_what_it_is_asked_while_it_runs) {
  Child child = start({"echo"});
  child.write_input("one\n");
  EXPECT_EQ(read_line(child), "one\n");
  child.write_input("two\n");
  EXPECT_EQ(read_line(child), "two\n");
  child.close_input();
  wait_for_end(child);
  EXPECT_EQ(child.finished()->output, "end of input\n");
  EXPECT_TRUE(succeeded(child.finished()->outcome));
}

TEST(Child, takes_more_input_than_a_pipe_holds) {
  Child child = start({"echo"});
  const std::string line(4 * 1024 * 1024, 'y');
  child.write_input(line + "\n");
  child.close_input();
  wait_for_end(child);
  EXPECT_TRUE(child.finished()->output.ends_with("yyy\nend of input\n"));
  EXPECT_EQ(child.finished()->output.size() + child.finished()->output_dropped,
            line.size() + 1 + std::string("end of input\n").size());
}

TEST(Child, that_no_longer_reads_costs_its_own_end_only) {
  Child child = start({"exit", "0"});
  child.write_input(std::string(4 * 1024 * 1024, 'z'));
  wait_for_end(child);
  EXPECT_TRUE(succeeded(child.finished()->outcome));
}

TEST(Child, is_told_apart_from_its_neighbours) {
  Child hangs = start({"hang"});
  Child crashes = start({"signal", std::to_string(SIGABRT)});
  Child exits = start({"exit", "5"});
  const std::array<Child*, 4> children{&hangs, nullptr, &crashes, &exits};
  while (!crashes.finished() || !exits.finished()) {
    ASSERT_TRUE(wait_for_any(children, far_away()).ok());
  }
  EXPECT_FALSE(hangs.finished());
  EXPECT_EQ(to_string(crashes.finished()->outcome), "ended by signal 6 (SIGABRT)");
  EXPECT_EQ(to_string(exits.finished()->outcome), "exited with code 5");
  hangs.kill_group(KillReason::over_memory);
  wait_for_end(hangs);
  EXPECT_EQ(to_string(hangs.finished()->outcome), "killed: used more memory than it may");
}

TEST(Child, is_killed_when_nobody_holds_it_any_more) {
  pid_t pid = -1;
  {
    const Child child = start({"ignore_signals_and_hang"});
    pid = child.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
}

TEST(Child, lives_on_when_it_is_moved) {
  std::vector<Child> children;
  children.push_back(start({"echo"}));
  children.push_back(start({"echo"}));
  children.front().write_input("still here\n");
  EXPECT_EQ(read_line(children.front()), "still here\n");
  children.erase(children.begin());
  children.front().write_input("me too\n");
  EXPECT_EQ(read_line(children.front()), "me too\n");
}

TEST(WaitForAny, wakes_for_a_descriptor_of_the_caller) {
  Child child = start({"hang"});
  ASSERT_EQ(read_line(child), "hanging\n");
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const FileDescriptor reading(ends[0]);
  const FileDescriptor writing(ends[1]);
  ASSERT_EQ(::write(writing.get(), "x", 1), 1);
  const std::array<Child*, 1> children{&child};
  const std::array<int, 1> others{reading.get()};
  const auto wake = wait_for_any(children, far_away(), nullptr, others);
  ASSERT_TRUE(wake.ok());
  EXPECT_EQ(*wake, Wake::ready);
}

TEST(WaitForAny, tells_a_deadline_that_has_passed) {
  Child child = start({"hang"});
  const std::array<Child*, 1> children{&child};
  const auto wake = wait_for_any(children, std::chrono::steady_clock::now() - seconds(1));
  ASSERT_TRUE(wake.ok());
  EXPECT_EQ(*wake, Wake::deadline);
  EXPECT_FALSE(child.finished());
}

TEST(WaitForAny, does_not_wait_for_nothing) {
  const auto wake = wait_for_any({});
  ASSERT_TRUE(wake.ok());
  EXPECT_EQ(*wake, Wake::progress);
}

TEST(ResidentBytes, of_this_process_are_more_than_a_megabyte) {
  const auto bytes = resident_bytes(::getpid());
  ASSERT_TRUE(bytes.ok());
  EXPECT_GT(*bytes, 1024u * 1024u);
}

TEST(KillProcess, refuses_the_numbers_that_mean_more_than_one_process) {
  for (const pid_t pid : {-1, 0, 1}) EXPECT_FALSE(kill_process(pid).ok());
  Child child = start({"hang"});
  EXPECT_TRUE(kill_process(child.pid()).ok());
  wait_for_end(child);
  EXPECT_TRUE(std::holds_alternative<Signalled>(child.finished()->outcome));
  EXPECT_TRUE(kill_process(child.pid()).ok());
}

}  // namespace
}  // namespace effgate
