#include "suites/e2e/program_run.h"

#include <gtest/gtest.h>

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

}  // namespace

ProgramFixture::ProgramFixture() : directory_(scratch()) {}

ProgramRun ProgramFixture::run(const std::vector<std::string>& arguments,
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
  const Result<Finished> finished = run_process_for(command, std::chrono::minutes(10));
  EXPECT_TRUE(finished.ok()) << (finished.ok() ? "" : finished.error().message);
  if (!finished.ok()) return {};
  const auto* exited = std::get_if<Exited>(&finished->outcome);
  return ProgramRun{exited == nullptr ? -1 : exited->code, finished->output, finished->error};
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
