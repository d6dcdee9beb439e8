#include "harness/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace effgate {
namespace {

using testing::HasSubstr;

// A command that answers what the test wants.
class ScriptedCommand final : public Subcommand {
 public:
  ScriptedCommand(Result<ExitCode> answer, Subject subject) : answer_(answer), subject_(subject) {}
  std::string_view name() const override { return "measure"; }
  std::string_view help() const override { return "Measures"; }
  Subject subject() const override { return subject_; }
  void declare(CLI::App& app) override {
    app.add_option("--library", library_, "Library");
    app.add_option("--size", size_, "Size")->check(CLI::Range(1, 9));
  }
  Result<ExitCode> run(const Context& context) override {
    context.console.out() << "measured " << library_;
    return answer_;
  }

 private:
  Result<ExitCode> answer_;
  Subject subject_;
  std::string library_;
  int size_ = 1;
};

class Program : public testing::Test {
 protected:
  ExitCode run(std::vector<std::string> arguments, Result<ExitCode> answer = ExitCode::done,
               Subject subject = Subject::machine) {
    Console console(out_, err_, {});
    const Places places;
    Subcommands commands;
    commands.push_back(std::make_unique<ScriptedCommand>(std::move(answer), subject));
    return run_program(arguments, commands, Context{console, places});
  }
  std::ostringstream out_, err_;
};

TEST_F(Program, runs_the_command_that_was_named) {
  EXPECT_EQ(run({"measure", "--library", "torch-2.6.0"}), ExitCode::done);
  EXPECT_EQ(out_.str(), "measured torch-2.6.0");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Program, names_the_nearest_command) {
  EXPECT_EQ(run({"mesure"}), ExitCode::usage);
  EXPECT_EQ(err_.str(),
            "effgate: 'mesure' is not a command, did you mean measure?\nnext: effgate --help\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(Program, names_the_nearest_option) {
  EXPECT_EQ(run({"measure", "--libary=x"}), ExitCode::usage);
  EXPECT_THAT(err_.str(), HasSubstr("unexpected argument '--libary=x', did you mean --library?"));
}

TEST_F(Program, refuses_a_value_out_of_range_in_one_line) {
  EXPECT_EQ(run({"measure", "--size", "12"}), ExitCode::usage);
  const std::string told = err_.str();
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 2) << told;
  EXPECT_EQ(run({"measure", "--size", "9"}), ExitCode::done);
}

TEST_F(Program, asks_for_a_command_where_there_is_none) { EXPECT_EQ(run({}), ExitCode::usage); }

TEST_F(Program, prints_help_and_version_on_standard_output) {
  EXPECT_EQ(run({"--help"}), ExitCode::done);
  EXPECT_THAT(out_.str(), HasSubstr("measure"));
  EXPECT_EQ(run({"measure", "--help"}), ExitCode::done);
  EXPECT_THAT(out_.str(), HasSubstr("--library"));
  EXPECT_THAT(out_.str(), HasSubstr("Usage: effgate measure"));
  EXPECT_EQ(run({"--version"}), ExitCode::done);
  EXPECT_THAT(out_.str(), HasSubstr("effgate "));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Program, prints_an_error_with_the_command_that_would_help) {
  EXPECT_EQ(run({"measure"}, Error{ErrorKind::library, "loading x: no", "effgate libs add x"}),
            ExitCode::not_measured);
  EXPECT_EQ(err_.str(), "effgate: loading x: no\nnext: effgate libs add x\n");
}

TEST_F(Program, tells_a_missing_input_file_from_a_missing_library) {
  const Error missing{ErrorKind::not_found, "opening x"};
  EXPECT_EQ(run({"measure"}, missing, Subject::input_file), ExitCode::bad_input);
  EXPECT_EQ(run({"measure"}, missing, Subject::machine), ExitCode::not_measured);
  const Error damaged{ErrorKind::malformed, "reading x"};
  EXPECT_EQ(run({"measure"}, damaged, Subject::input_file), ExitCode::bad_input);
  EXPECT_EQ(run({"measure"}, damaged, Subject::machine), ExitCode::not_measured);
}

TEST_F(Program, says_so_when_results_cannot_be_written) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(run({"measure"}), ExitCode::not_measured);
  EXPECT_THAT(err_.str(), HasSubstr("writing to standard output"));
}

}  // namespace
}  // namespace effgate
