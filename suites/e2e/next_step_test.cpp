#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

// What cannot be done, says what to do instead.
class NextStep : public testing::Test, protected ProgramFixture {
 protected:
  // The whole of it is one small cell on the reference.
  std::string suite(const std::string& more = "") {
    write("policy.toml", "[float32]\nmax_rms = 1e-4\n");
    return write(
        "suite.toml",
        "name = \"small\"\npolicy = \"policy.toml\"\n[[matrix]]\n"
        "checkpoint = [\"recipe:lite0\"]\nlibrary = [\"reference\"]\nsize = [\"128x128\"]\n"
        "measure = [\"load\"]\n" +
            more);
  }
  ProgramRun run_suite(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"run", "suite.toml", "--db", "a.db"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  // The second line of an error.
  static void expect_next(const ProgramRun& ended, int exit_code, const std::string& told,
                          const std::string& next) {
    EXPECT_EQ(ended.exit_code, exit_code) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(told));
    EXPECT_THAT(ended.err, HasSubstr("\nnext: " + next));
  }
};

TEST_F(NextStep, of_a_gate_whose_names_are_not_there) {
  suite();
  ASSERT_EQ(run_suite().exit_code, 0);
  expect_next(run({"gate", "--db", "a.db", "--baseline", "nope"}), 3, "has named no run yet",
              "effgate bless --db a.db nope");
  const ProgramRun unknown = run({"gate", "--db", "a.db", "--from", "refrence", "--to", "torch-9"});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_THAT(unknown.out, HasSubstr("no cell of library refrence; it has reference."));
  EXPECT_THAT(unknown.out, HasSubstr("next: effgate run suite.toml --db a.db"));
  expect_next(run({"gate", "--db", "gone.db", "--baseline", "x"}), 3, "there is no such file",
              "effgate run SUITE.toml --db gone.db");
  expect_next(run({"gate", "--db", "a.db", "--baseline", "x", "--run", "8"}), 3,
              "there is no run 8; the newest is 1", "effgate run");
}

TEST_F(NextStep, of_a_wrong_key_names_the_nearest_and_how_to_check) {
  suite("dtipe = [\"float32\"]\n");
  expect_next(run_suite(), 2,
              "suite.toml:8: unknown key 'dtipe' in [[matrix]], did you mean dtype?",
              "effgate run suite.toml --plan");
  suite();
  write("policy.toml", "[float32]\nmax_rsm = 1e-4\n");
  const ProgramRun ended = run_suite();
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("unknown key 'max_rsm' in [float32], did you mean max_rms?"));
  EXPECT_THAT(ended.err, ContainsRegex("next: cat .*suites/policies/default.toml"));
}

TEST_F(NextStep, of_an_expression_that_is_none_says_where_it_breaks) {
  suite();
  expect_next(run_suite({"--only", "dtype = 'float32'"}), 2, "column 7: write == to compare",
              "effgate run --help");
  expect_next(run_suite({"--only", "libary == 'x'"}), 2, "did you mean library?",
              "effgate run --help");
  EXPECT_THAT(run({"run", "--help"}).out, HasSubstr("fields: cell, "));
}

TEST_F(NextStep, of_a_database_that_is_none) {
  suite();
  std::filesystem::create_directory(in("folder"));
  write("notes.db", "this is no database, and it is long enough to be one");
  EXPECT_THAT(run({"run", "suite.toml", "--db", "folder"}).err, HasSubstr("it is a folder"));
  EXPECT_THAT(run({"report", "--db", "folder", "-o", "a.html"}).err, HasSubstr("it is a folder"));
  EXPECT_THAT(run({"run", "suite.toml", "--db", "notes.db"}).err,
              HasSubstr("it is no SQLite database"));
  write("empty.db", "");
  expect_next(run({"report", "--db", "empty.db", "-o", "a.html"}), 3, "nothing is recorded in it",
              "effgate run");
}

TEST_F(NextStep, of_a_size_says_what_sizes_there_are) {
  const std::string file = recipe_checkpoint("tf_efficientdet_lite0");
  expect_next(run({"check", file, "--size", "100"}), 2, "HEIGHTxWIDTH such as 512x512",
              "effgate models");
  expect_next(run({"check", file, "--size", "64x100"}), 2, "sides above 64 pixels",
              "effgate models tf_efficientdet_lite0");
  const auto with = [&](const std::string& size, const std::string& model) {
    return run({"forward", "--checkpoint", "recipe:" + model, "--model", model, "--lib",
                "reference", "-o", "x.safetensors", "--size", size});
  };
  expect_next(with("100", "lite0"), 2, "--size '100': expected native or HEIGHTxWIDTH",
              "effgate models tf_efficientdet_lite0");
  expect_next(with("130x130", "zylo:d0"), 3, "multiples of 128, such as 256x256",
              "effgate models zylo:tf_efficientdet_d0");
}

TEST_F(NextStep, of_a_device_that_is_not_there) {
  expect_next(run({"forward", "--model", "lite0", "--checkpoint", "recipe:lite0", "--lib",
                   "reference", "--size", "128x128", "--device", "cuda", "-o", "x.safetensors"}),
              3, "runs on the CPU only", "effgate libs list");
}

TEST_F(NextStep, of_a_file_that_is_cut_off) {
  const std::string whole = *read_text_file(recipe_checkpoint("tf_efficientdet_lite0"));
  const std::string cut = write("cut.pth", whole.substr(0, whole.size() / 2));
  expect_next(run({"convert", cut, "-o", "new.pth"}), 5, "cut.pth",
              "effgate explain --checkpoint " + cut);
  EXPECT_THAT(run({"explain", "--checkpoint", cut}).out, HasSubstr("next: wc -c " + cut));
}

TEST_F(NextStep, where_no_library_is_meant_nothing_is_recorded) {
  suite();
  const ProgramRun none = run_suite({"--libs", "torch-7*"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(in("a.db")));
  const ProgramRun one = run_suite({"--libs", "torch-7*,reference"});
  EXPECT_EQ(one.exit_code, 3);
  EXPECT_THAT(one.err, HasSubstr("'torch-7*': matches no installed library"));
  EXPECT_THAT(one.out, HasSubstr("run 1: 1 pass"));
}

TEST_F(NextStep, where_no_cell_is_meant_nothing_is_recorded) {
  suite();
  expect_next(run_suite({"--only", "dtype == 'float16'"}), 2, "no cell that was asked for",
              "effgate run suite.toml --plan");
  expect_next(run_suite({"--shard", "1/2", "--only", "dtype == 'float16'"}), 2,
              "no cell that was asked for", "effgate run suite.toml --plan");
  EXPECT_FALSE(std::filesystem::exists(in("a.db")));
  EXPECT_EQ(run_suite({"--only", "dtype == 'float32'"}).exit_code, 0);
}

// In /proc nobody can make a file.
TEST_F(NextStep, where_no_cell_could_be_prepared_the_run_does_not_end_well) {
  suite();
  std::filesystem::create_directory(in("cache"));
  std::filesystem::create_directory_symlink("/proc", in("cache") / "recipes");
  const ProgramRun ended =
      run({"run", "suite.toml", "--db", "a.db"}, {{"EFFGATE_CACHE", in("cache").string()}});
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("run 1: 1 not_run"));
  EXPECT_THAT(ended.err, HasSubstr("making its recipe checkpoint"));
}

TEST_F(NextStep, is_said_with_the_name_of_the_program) {
  EXPECT_THAT(run({"check", "--help"}).out, HasSubstr("Usage: effgate check"));
  EXPECT_THAT(run({"libs", "add", "--help"}).out, HasSubstr("Usage: effgate libs add"));
}

TEST_F(NextStep, finds_one_version_of_the_reference) {
  suite();
  ASSERT_EQ(run_suite().exit_code, 0);
  const Json exported = Json::parse(run({"export", "--db", "a.db", "--format", "json"}).out);
  const Json listed = Json::parse(run({"libs", "list", "--json"}).out);
  EXPECT_EQ(exported["libraries"][0]["version"], listed["libraries"][0]["version"]);
}

}  // namespace
}  // namespace effgate
