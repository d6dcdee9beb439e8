#include "harness/process/run.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

namespace effgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Command misbehave(std::vector<std::string> arguments) {
  Command command;
  command.argv = {MISBEHAVE_PROGRAM};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

Finished run(const Command& command) {
  auto finished = run_process_for(command, seconds(60));
  EXPECT_TRUE(finished.ok()) << finished.error().message;
  return finished.ok() ? *std::move(finished) : Finished{};
}

TEST(RunProcess, tells_the_exit_code) {
  EXPECT_EQ(to_string(run(misbehave({"exit", "0"})).outcome), "exited with code 0");
  EXPECT_EQ(to_string(run(misbehave({"exit", "7"})).outcome), "exited with code 7");
}

TEST(RunProcess, tells_the_signal_of_a_crash) {
  const Finished finished = run(misbehave({"signal", std::to_string(SIGSEGV)}));
  EXPECT_EQ(to_string(finished.outcome), "ended by signal 11 (SIGSEGV)");
}

TEST(RunProcess, kills_a_program_that_hangs_at_its_deadline) {
  const auto finished = run_process_for(misbehave({"ignore_signals_and_hang"}), milliseconds(300));
  ASSERT_TRUE(finished.ok());
  ASSERT_TRUE(std::holds_alternative<Killed>(finished->outcome));
  EXPECT_EQ(std::get<Killed>(finished->outcome).reason, KillReason::timed_out);
}

TEST(RunProcess, kills_a_program_when_a_stop_is_requested) {
  auto stop = StopRequest::manual();
  ASSERT_TRUE(stop.ok());
  std::thread other([&] { stop->request(); });
  const auto finished = run_process(misbehave({"hang"}), std::nullopt, &*stop);
  other.join();
  ASSERT_TRUE(finished.ok());
  ASSERT_TRUE(std::holds_alternative<Killed>(finished->outcome));
  EXPECT_EQ(std::get<Killed>(finished->outcome).reason, KillReason::interrupted);
}

TEST(RunProcess, keeps_the_tail_of_a_flood_and_counts_the_rest) {
  Command command = misbehave({"flood", "5000000"});
  command.error = PipeStream{1000};
  const Finished finished = run(command);
  EXPECT_TRUE(succeeded(finished.outcome));
  EXPECT_EQ(finished.error.size(), 1000u);
  EXPECT_TRUE(finished.error.ends_with("the last line\n"));
  EXPECT_EQ(finished.error_dropped, 5000000u + 14u - 1000u);
}

TEST(RunProcess, limits_the_address_space) {
  Command command = misbehave({"eat_memory"});
  command.limits.address_space_bytes = 256ull * 1024 * 1024;
  const Finished finished = run(command);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_EQ(to_string(finished.outcome), "exited with code 12");
  EXPECT_GT(finished.max_rss_bytes, 64ull * 1024 * 1024);
#endif
  EXPECT_LT(finished.max_rss_bytes, 256ull * 1024 * 1024);
}

TEST(RunProcess, keeps_half_a_reply) {
  EXPECT_EQ(run(misbehave({"half_a_reply"})).output, "{\"status\": \"pa");
}

TEST(RunProcess, kills_what_a_child_leaves_behind) {
  const Finished finished = run(misbehave({"leave_a_grandchild"}));
  const pid_t grandchild = std::stoi(finished.output);
  // It was killed; until init reaps it, it is at most a zombie.
  for (int i = 0; i < 1000 && ::kill(grandchild, 0) == 0; ++i) {
    const auto stat = read_text_file("/proc/" + std::to_string(grandchild) + "/stat");
    if (stat.ok() && stat->find(") Z ") != std::string::npos) return;
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_NE(::kill(grandchild, 0), 0);
}

TEST(RunProcess, hands_over_only_the_three_streams) {
  const FileDescriptor leaked(::dup(0));  // without FD_CLOEXEC, as a library may open it
  EXPECT_EQ(run(misbehave({"print_descriptors"})).output, "0\n1\n2\n");
}

TEST(RunProcess, adds_to_the_environment_and_replaces_in_it) {
  Command command = misbehave({"print_environment", "HOME"});
  command.environment = {{"HOME", "/elsewhere"}};
  EXPECT_EQ(run(command).output, "/elsewhere");
  EXPECT_NE(run(misbehave({"print_environment", "PATH"})).output, "(not set)");
}

TEST(RunProcess, starts_in_the_directory_asked_for) {
  const auto directory = TemporaryDirectory::create();
  Command command = misbehave({"print_directory"});
  command.working_directory = directory->path();
  EXPECT_EQ(run(command).output, std::filesystem::canonical(directory->path()).string());
}

TEST(RunProcess, leaves_no_core_files_unless_asked) {
  EXPECT_EQ(run(misbehave({"print_core_limit"})).output, "0");
}

TEST(RunProcess, writes_output_to_a_file_and_appends_to_it) {
  const auto directory = TemporaryDirectory::create();
  Command command = misbehave({"half_a_reply"});
  command.output = FileStream{directory->path() / "out"};
  run(command);
  run(command);
  EXPECT_EQ(*read_text_file(directory->path() / "out"), "{\"status\": \"pa");
  command.output = FileStream{directory->path() / "out", true};
  run(command);
  EXPECT_EQ(*read_text_file(directory->path() / "out"), "{\"status\": \"pa{\"status\": \"pa");
}

TEST(RunProcess, reads_input_from_a_file_and_none_by_default) {
  const auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(write_file_atomically(directory->path() / "in", "one\ntwo\n").ok());
  Command command = misbehave({"echo"});
  EXPECT_EQ(run(command).output, "end of input\n");
  command.input = FileStream{directory->path() / "in"};
  EXPECT_EQ(run(command).output, "one\ntwo\nend of input\n");
}

TEST(RunProcess, joins_errors_to_the_output_where_asked) {
  Command command = misbehave({"flood", "0"});
  EXPECT_EQ(run(command).output, "");
  command.error = SameAsOutput{};
  EXPECT_EQ(run(command).output, "the last line\n");
}

TEST(RunProcess, says_which_program_is_missing) {
  Command command;
  command.argv = {"no-such-program-anywhere"};
  const auto in_path = run_process(command);
  EXPECT_EQ(in_path.error().kind, ErrorKind::not_found);
  EXPECT_EQ(in_path.error().message, "starting no-such-program-anywhere: it is not in PATH");
  command.argv = {"/no/such/program"};
  EXPECT_EQ(run_process(command).error().kind, ErrorKind::not_found);
}

TEST(RunProcess, says_which_directory_is_missing) {
  Command command = misbehave({"exit", "0"});
  command.working_directory = "/no/such/directory";
  const auto finished = run_process(command);
  ASSERT_FALSE(finished.ok());
  EXPECT_EQ(finished.error().message,
            "changing to the directory /no/such/directory: No such file or directory");
}

TEST(RunProcess, refuses_a_file_that_is_no_program) {
  const auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(write_file_atomically(directory->path() / "text", "hello").ok());
  Command command;
  command.argv = {(directory->path() / "text").string()};
  EXPECT_EQ(run_process(command).error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace effgate
