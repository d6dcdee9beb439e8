#include "suites/e2e/program_run.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "harness/process/run.h"

namespace effgate {
namespace {

std::filesystem::path folder_from(const char* variable) {
  const char* value = std::getenv(variable);
  EXPECT_NE(value, nullptr) << variable << " is set by ctest";
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

TemporaryDirectory scratch() {
  Result<TemporaryDirectory> made = TemporaryDirectory::create();
  EXPECT_TRUE(made.ok());
  return *std::move(made);
}

constexpr auto kLimit = std::chrono::minutes(10);

ProgramRun run_of(const Finished& finished) {
  const auto* exited = std::get_if<Exited>(&finished.outcome);
  return ProgramRun{exited == nullptr ? -1 : exited->code, finished.output, finished.error};
}

}  // namespace

ProgramFixture::ProgramFixture() : directory_(scratch()) {}

Command ProgramFixture::command(
    const std::vector<std::string>& arguments,
    std::vector<std::pair<std::string, std::string>> environment) const {
  Command command;
  command.argv = {(folder_from("EFFGATE_BUILD_DIR") / "effgate").string()};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.working_directory = directory_.path();
  command.environment = std::move(environment);
  // Recipes and truths take seconds each; all tests of a build share them.
  command.environment.emplace_back("EFFGATE_CACHE",
                                   (folder_from("EFFGATE_BUILD_DIR") / "test-cache").string());
  if (own_home_) command.environment.emplace_back("EFFGATE_HOME", in("home").string());
  return command;
}

ProgramRun ProgramFixture::run(const std::vector<std::string>& arguments,
                               std::vector<std::pair<std::string, std::string>> environment) const {
  const Result<Finished> finished =
      run_process_for(command(arguments, std::move(environment)), kLimit);
  EXPECT_TRUE(finished.ok()) << (finished.ok() ? "" : finished.error().message);
  return finished.ok() ? run_of(*finished) : ProgramRun{};
}

ProgramRun ProgramFixture::run_until(const std::vector<std::string>& arguments,
                                     const std::string& text, int signal) const {
  Result<Child> child = Child::start(command(arguments, {}));
  EXPECT_TRUE(child.ok()) << (child.ok() ? "" : child.error().message);
  if (!child.ok()) return {};
  const Deadline deadline = std::chrono::steady_clock::now() + kLimit;
  const std::array<Child*, 1> children{&*child};
  std::string err;
  bool sent = false;
  while (!child->finished()) {
    const auto wake = wait_for_any(children, deadline);
    if (!wake.ok() || *wake == Wake::deadline) return {};
    err += child->take_error();
    if (sent || err.find(text) == std::string::npos) continue;
    ::kill(child->pid(), signal);
    sent = true;
  }
  ProgramRun ended = run_of(*child->finished());
  ended.err.insert(0, err);
  return ended;
}

std::string ProgramFixture::write(const std::string& name, const std::string& content) const {
  std::ofstream(in(name), std::ios::binary) << content;
  return in(name).string();
}

std::string ProgramFixture::recipe_checkpoint(const std::string& model) const {
  const ProgramRun made = run({"forward", "--model", model, "--checkpoint", "recipe:" + model,
                               "--lib", "reference", "--size", "128x128", "-o", "outputs"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  for (const auto& entry : std::filesystem::directory_iterator(build() / "test-cache/recipes"))
    if (entry.path().filename().string().starts_with(model + "-")) return entry.path().string();
  ADD_FAILURE() << "no recipe of " << model;
  return "";
}

std::filesystem::path ProgramFixture::fixtures() {
  return folder_from("EFFGATE_SOURCE_DIR") / "fixtures";
}

std::filesystem::path ProgramFixture::build() { return folder_from("EFFGATE_BUILD_DIR"); }

}  // namespace effgate
