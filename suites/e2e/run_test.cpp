#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr const char* kPolicy = "[float32]\nmax_rms = 1e-4\nmax_abs = 1e-2\n";

class Run : public testing::Test, protected ProgramFixture {
 protected:
  Run() { write("policy.toml", kPolicy); }

  // A suite on the reference with these lines in its one matrix.
  std::string suite(const std::string& matrix, const std::string& more = "") {
    return write("suite.toml",
                 "name = \"e2e\"\npolicy = \"policy.toml\"\ntimeout_s = 120\n" + more +
                     "[[matrix]]\nlibrary = [\"reference\"]\nmeasure = [\"load\"]\n" + matrix);
  }

  ProgramRun run_suite(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"run", "suite.toml", "--db", "a.db"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  // Checkpoint → cell of the newest run.
  std::map<std::string, Json> cells() {
    const ProgramRun exported = run({"export", "--db", "a.db", "--format", "json"});
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
    std::map<std::string, Json> found;
    const Json document = Json::parse(exported.out);
    for (const Json& cell : document["cells"]) found[cell["checkpoint"]] = cell;
    return found;
  }

  static std::string broken(const std::string& name) {
    for (const auto& entry : std::filesystem::directory_iterator(fixtures() / "broken" / name))
      if (entry.path().stem() == "input") return entry.path().string();
    ADD_FAILURE() << "no input in " << name;
    return "";
  }
};

TEST_F(Run, ends_each_checkpoint_with_its_own_status_and_goes_on) {
  suite("checkpoint = [\"file:" + broken("truncated_zip") + "\", \"file:" +
        broken("unsafe_zip_calls_os_system") + "\", \"file:" + broken("foreign_html_page") +
        "\", \"file:gone.pth\", \"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  EXPECT_EQ(run_suite().exit_code, 0);
  auto found = cells();
  EXPECT_EQ(found["file:" + broken("truncated_zip")]["status"], "unreadable");
  EXPECT_EQ(found["file:" + broken("truncated_zip")]["reason"], "file.truncated");
  EXPECT_EQ(found["file:" + broken("unsafe_zip_calls_os_system")]["status"], "unsafe");
  EXPECT_EQ(found["file:" + broken("unsafe_zip_calls_os_system")]["reason"], "file.unsafe");
  EXPECT_EQ(found["file:" + broken("foreign_html_page")]["status"], "unreadable");
  EXPECT_EQ(found["file:gone.pth"]["status"], "unreadable");
  EXPECT_EQ(found["recipe:tf_efficientdet_lite0"]["status"], "pass");
}

// The numbers of Python's load_state_dict for this pair.
TEST_F(Run, counts_the_mismatches_of_d7_in_d0_as_python_does) {
  suite("checkpoint = [\"recipe:tf_efficientdet_d7\"]\nmodel = [\"d0\"]\n");
  EXPECT_EQ(run_suite().exit_code, 0);
  const Json cell = cells()["recipe:tf_efficientdet_d7"];
  EXPECT_EQ(cell["status"], "load_mismatch");
  EXPECT_EQ(cell["reason"], "arch.variant");
  EXPECT_THAT(cell["message"].get<std::string>(),
              HasSubstr("24 missing, 1058 unexpected and 650 mismatched"));
  ASSERT_FALSE(cell["causes"].empty());
  EXPECT_EQ(cell["causes"][0]["code"], "arch.variant");
  EXPECT_THAT(cell["causes"][0]["summary"].get<std::string>(), HasSubstr("tf_efficientdet_d7"));
}

TEST_F(Run, keeps_the_command_that_runs_a_cell_again) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  EXPECT_EQ(run_suite().exit_code, 0);
  const std::string name = cells()["recipe:tf_efficientdet_lite0"]["cell"];
  EXPECT_EQ(name,
            "tf_efficientdet_lite0/recipe:tf_efficientdet_lite0/reference/cpu/float32/128x128");
  EXPECT_EQ(run({"run", "suite.toml", "--db", "again.db", "--only", "cell == \"" + name + "\""})
                .exit_code,
            0);
}

TEST_F(Run, quotes_the_name_of_a_cell_that_holds_a_quote) {
  write("suite.toml",
        "name = \"e2e\"\n[[matrix]]\ncheckpoint = [\"recipe:tf_efficientdet_lite0\"]\n"
        "library = ['to\"rch']\nsize = [\"128x128\"]\nmeasure = [\"load\"]\n");
  EXPECT_EQ(run_suite().exit_code, 3);
  const std::string only =
      "cell == "
      "\"tf_efficientdet_lite0/recipe:tf_efficientdet_lite0/to\\\"rch/cpu/float32/128x128\"";
  EXPECT_THAT(cells()["recipe:tf_efficientdet_lite0"]["reproduce"].get<std::string>(),
              HasSubstr("--only '" + only + "'"));
  EXPECT_THAT(run_suite({"--only", only, "--plan"}).out,
              HasSubstr("0 cells to measure, 0 skipped, 1 without their library"));
}

TEST_F(Run, takes_its_options_before_the_suite_too) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  const ProgramRun listed =
      run({"run", "--db", "a.db", "--libs", "reference,reference", "--plan", "suite.toml"});
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("1 cell to measure"));
  const ProgramRun two = run({"run", "suite.toml", "--libs", "reference", "reference", "--plan"});
  EXPECT_EQ(two.exit_code, 2) << two.out;
}

TEST_F(Run, is_not_blessed_without_a_name) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  EXPECT_EQ(run_suite().exit_code, 0);
  for (const char* name : {"", " "}) {
    const ProgramRun refused = run({"bless", "--db", "a.db", name});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("NAME is empty"));
  }
  EXPECT_EQ(run({"bless", "--db", "a.db", "good"}).exit_code, 0);
}

TEST_F(Run, stops_at_an_interrupt_and_says_how_to_go_on) {
  std::string inputs = "\"recipe:0\"";
  for (int i = 1; i < 120; ++i) inputs += ", \"recipe:" + std::to_string(i) + "\"";
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\ninput = [" + inputs + "]\n");
  const ProgramRun stopped = run_until({"run", "suite.toml", "--db", "a.db"}, "[1/120]", SIGINT);
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("effgate: running suite.toml: interrupted"));
  EXPECT_THAT(stopped.err, HasSubstr("next: effgate run suite.toml --db a.db --resume\n"));

  const ProgramRun resumed = run_suite({"--resume"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, Not(HasSubstr("120 of 120 cells to measure")));
  EXPECT_THAT(resumed.out, HasSubstr("run 1: 120 pass\n"));
}

TEST_F(Run, writes_a_page_and_a_gate_can_judge_the_night) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  EXPECT_EQ(run_suite({"--report", "a.html"}).exit_code, 0);
  std::ifstream page(in("a.html"));
  const std::string html((std::istreambuf_iterator<char>(page)), {});
  EXPECT_THAT(html, HasSubstr("1 of 1 cells pass"));
  EXPECT_EQ(run({"bless", "--db", "a.db", "good night"}).exit_code, 0);
  EXPECT_EQ(run_suite().exit_code, 0);
  const ProgramRun gate = run({"gate", "--db", "a.db", "--baseline", "good night", "--json"});
  EXPECT_EQ(gate.exit_code, 0) << gate.out << gate.err;
  EXPECT_EQ(Json::parse(gate.out)["verdict"], "open");
  EXPECT_EQ(Json::parse(gate.out)["counts"]["compared"], 1);
  const ProgramRun junit = run({"export", "--db", "a.db", "--format", "junit"});
  EXPECT_THAT(junit.out,
              HasSubstr("<testsuite name=\"gate\" tests=\"1\" failures=\"0\" errors=\"0\""));
  EXPECT_EQ(run({"export", "--db", "a.db", "--format", "junit", "-o", "/dev/stdout"}).out,
            junit.out);
}

TEST_F(Run, never_writes_a_page_over_its_database_or_its_suite) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  const ProgramRun before = run_suite({"--report", "./a.db"});
  EXPECT_EQ(before.exit_code, 2);
  EXPECT_THAT(before.err, HasSubstr("./a.db is the database itself"));
  EXPECT_FALSE(std::filesystem::exists(in("a.db")));
  EXPECT_EQ(run_suite({"--report", "suite.toml"}).exit_code, 2);
  std::filesystem::create_directory(in("pages"));
  EXPECT_EQ(run_suite({"--report", "pages"}).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(in("a.db")));

  ASSERT_EQ(run_suite({"--report", "pages/a.html"}).exit_code, 0);
  const std::string recorded = *read_text_file(in("a.db"));
  EXPECT_EQ(run({"report", "--db", "a.db", "-o", "a.db"}).exit_code, 2);
  EXPECT_EQ(run({"export", "--db", "a.db", "--format", "csv", "-o", in("a.db").string()}).exit_code,
            2);
  EXPECT_EQ(run_suite({"--report", "a.db"}).exit_code, 2);
  EXPECT_EQ(*read_text_file(in("a.db")), recorded);
  EXPECT_EQ(run({"report", "--db", "a.db", "-o", "b.html"}).exit_code, 0);
  EXPECT_EQ(run({"export", "--db", "a.db", "--format", "csv", "-o", "b.csv"}).exit_code, 0);
}

TEST_F(Run, cannot_be_judged_from_a_file_that_is_no_database) {
  const std::string text = write("b.db", "this is no database, and it is long enough to be one");
  EXPECT_EQ(run({"report", "--db", text, "-o", "b.html"}).exit_code, 3);
  EXPECT_EQ(run({"gate", "--db", "gone.db", "--baseline", "1"}).exit_code, 3);
  EXPECT_EQ(run({"bless", "--db", "gone.db", "x"}).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(in("gone.db")));
}

TEST_F(Run, cannot_judge_a_library_that_was_not_measured) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  EXPECT_EQ(run_suite().exit_code, 0);
  const ProgramRun gate = run({"gate", "--db", "a.db", "--from", "reference", "--to", "torch-9"});
  EXPECT_EQ(gate.exit_code, 3) << gate.out;
}

TEST_F(Run, says_what_it_would_do_without_doing_it) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  const ProgramRun plan = run_suite({"--plan"});
  EXPECT_EQ(plan.exit_code, 0);
  EXPECT_THAT(plan.out, HasSubstr("1 cell to measure, 0 skipped"));
  EXPECT_FALSE(std::filesystem::exists(in("a.db")));
}

TEST_F(Run, runs_nothing_where_the_suite_is_wrong) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"chekpoint = [\"recipe:d0\"]\n", "checkpoint"},
      {"checkpoint = [\"recipe:tf_efficientdet_d9\"]\n", "tf_efficientdet_d"},
      {"checkpoint = [\"recipe:d0\"]\ndtype = [\"floot16\"]\n", "floot16"},
      {"checkpoint = []\n", "checkpoint"},
  };
  for (const auto& [matrix, told] : wrong) {
    suite(matrix);
    const ProgramRun ended = run_suite();
    EXPECT_EQ(ended.exit_code, 2) << matrix;
    EXPECT_THAT(ended.err, HasSubstr(told));
    EXPECT_FALSE(std::filesystem::exists(in("a.db")));
  }
}

TEST_F(Run, runs_nothing_where_the_policy_is_wrong) {
  write("policy.toml", "[float32]\nmax_rsm = 1e-4\n");
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\n");
  const ProgramRun ended = run_suite();
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("max_rms"));
}

TEST_F(Run, measures_the_others_where_a_library_is_not_installed) {
  suite(
      "checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n"
      "[[matrix]]\nlibrary = [\"torch-9.9.9\"]\ncheckpoint = [\"recipe:tf_efficientdet_lite0\"]\n");
  const ProgramRun ended = run_suite();
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("torch-9.9.9"));
  EXPECT_THAT(ended.out, HasSubstr("1 pass"));
}

TEST_F(Run, leaves_a_database_of_a_newer_version_untouched) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  EXPECT_EQ(run_suite().exit_code, 0);
  // user_version is the big-endian word at byte 60 of a SQLite file.
  std::fstream file(in("a.db"), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60);
  file.write("\0\0\x03\xe7", 4);
  file.close();
  const auto read = [&] {
    std::ifstream content(in("a.db"), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(content)), {});
  };
  const std::string before = read();
  const ProgramRun ended = run_suite();
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("999"));
  EXPECT_EQ(read(), before);
}

TEST_F(Run, says_what_is_installed_where_libs_matches_nothing) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  const ProgramRun ended = run_suite({"--libs", "torch-7*"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err,
              HasSubstr("'torch-7*': matches no installed library; installed: reference"));
}

class Inspect : public Run {};

TEST_F(Inspect, names_what_is_wrong_with_a_file_and_exits_with_five) {
  for (const auto& [name, code] :
       std::map<std::string, std::string>{{"truncated_zip", "file.truncated"},
                                          {"unsafe_zip_calls_os_system", "file.unsafe"},
                                          {"foreign_html_page", "file.not_a_checkpoint"},
                                          {"foreign_empty", "file.not_a_checkpoint"},
                                          {"corrupt_zip_pickle_checksum", "file.corrupt"}}) {
    const ProgramRun ended = run({"inspect", broken(name), "--json"});
    EXPECT_EQ(ended.exit_code, 5) << name;
    EXPECT_EQ(Json::parse(ended.out)["problems"][0]["code"], code) << name;
  }
}

TEST_F(Inspect, accepts_their_healthy_twin) {
  const ProgramRun ended = run({"inspect", broken("healthy_zip"), "--json", "--verify"});
  EXPECT_EQ(ended.exit_code, 0);
  const Json document = Json::parse(ended.out);
  EXPECT_EQ(document["container"], "zip");
  EXPECT_TRUE(document["problems"].empty());
}

TEST_F(Inspect, says_what_network_a_file_is_of_and_for_how_many_classes) {
  const ProgramRun seen = run({"inspect", recipe_checkpoint("tf_efficientdet_lite0"), "--json"});
  EXPECT_EQ(seen.exit_code, 0) << seen.err;
  const Json document = Json::parse(seen.out);
  EXPECT_EQ(document["schema"], "effgate.inspect/1");
  EXPECT_EQ(document["layout"], "effdet");
  EXPECT_EQ(document["candidates"],
            Json::parse(R"([{"model": "tf_efficientdet_lite0", "score": 1.0}])"));
  EXPECT_EQ(document["num_classes"], 90);
  EXPECT_EQ(document["anchors_per_cell"], 9);
  EXPECT_EQ(document["dtypes"]["int64"].get<int>() + document["dtypes"]["float32"].get<int>(), 696);
}

TEST_F(Inspect, names_no_network_for_tensors_of_none) {
  const std::string file = (fixtures() / "torch" / "state-dict.pth").string();
  const Json document = Json::parse(run({"inspect", file, "--json"}).out);
  EXPECT_EQ(document["layout"], "");
  EXPECT_EQ(document["candidates"], Json::array());
  EXPECT_EQ(document["num_classes"], nullptr);
}

TEST_F(Inspect, cannot_open_what_is_not_there) {
  EXPECT_EQ(run({"inspect", "gone.pth"}).exit_code, 5);
}

// A checkpoint that somebody trained and published in 2020, in the container of that time.
TEST_F(Inspect, reads_every_tensor_of_a_real_checkpoint_of_2020) {
  const auto file = build() / "downloads" / "efficientnet-lite0.pth";
  if (!std::filesystem::exists(file))
    GTEST_SKIP()
        << "ci/test fetches this checkpoint; ci/checks/fetch-real-checkpoint does it alone";
  const ProgramRun ended = run({"inspect", file.string(), "--json"});
  EXPECT_EQ(ended.exit_code, 0);
  const Json document = Json::parse(ended.out);
  EXPECT_EQ(document["container"], "legacy");
  EXPECT_EQ(document["tensors"].size(), 296u);
}

class Check : public Run {};

TEST_F(Check, says_what_would_decide_where_no_two_libraries_are_installed) {
  suite("checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n");
  ASSERT_EQ(run_suite().exit_code, 0);
  std::filesystem::path checkpoint;
  for (const auto& entry : std::filesystem::directory_iterator(build() / "test-cache" / "recipes"))
    if (entry.path().filename().string().starts_with("tf_efficientdet_lite0")) checkpoint = entry;
  const ProgramRun checked = run({"check", checkpoint.string(), "--size", "128x128"});
  EXPECT_EQ(checked.exit_code, 4) << checked.out << checked.err;
  EXPECT_THAT(checked.err, HasSubstr("next: effgate libs add torch=="));
}

TEST_F(Check, names_a_missing_output_folder_before_anything_is_measured) {
  const ProgramRun checked =
      run({"check", broken("healthy_zip"), "--report", in("gone").string() + "/page.html"});
  EXPECT_EQ(checked.exit_code, 3);
  EXPECT_EQ(checked.out, "");
  EXPECT_THAT(checked.err,
              HasSubstr("there is no folder " + in("gone").string() + "\nnext: mkdir"));
}

TEST_F(Check, never_writes_its_page_over_what_it_reads_or_records) {
  const std::string file = write("a.pth", *read_text_file(broken("truncated_zip")));
  const ProgramRun over_input = run({"check", file, "--report", "a.pth"});
  EXPECT_EQ(over_input.exit_code, 2);
  EXPECT_THAT(over_input.err, HasSubstr("a.pth is the input itself"));
  EXPECT_EQ(run({"check", file, "--db", "a.db", "--report", "a.db"}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(in("a.db")));
  EXPECT_EQ(run({"check", file, "--db", "a.db", "--report", "a.html"}).exit_code, 5);
  EXPECT_TRUE(std::filesystem::exists(in("a.html")));
}

TEST_F(Check, opens_with_the_file_that_cannot_be_read) {
  const std::string file = broken("truncated_zip");
  EXPECT_THAT(run({"check", file}).out, testing::StartsWith(file + " cannot be loaded"));
}

TEST_F(Check, ends_with_five_for_a_file_that_cannot_be_read) {
  EXPECT_EQ(run({"check", broken("truncated_zip")}).exit_code, 5);
  EXPECT_EQ(run({"check", "--dtype", "float32,float16", broken("truncated_zip")}).exit_code, 5);
  EXPECT_EQ(run({"check", "gone.pth"}).exit_code, 5);
}

TEST_F(Check, writes_the_page_of_a_file_that_loads_nowhere_and_gives_no_verdict) {
  const ProgramRun checked = run({"check", broken("truncated_zip"), "--report", "page.html"});
  EXPECT_EQ(checked.exit_code, 5);
  EXPECT_THAT(checked.out, HasSubstr("It loads in none of these libraries."));
  EXPECT_THAT(checked.out, Not(HasSubstr("undecided")));
  std::ifstream page(in("page.html"));
  const std::string html((std::istreambuf_iterator<char>(page)), {});
  EXPECT_THAT(html, HasSubstr("file.truncated"));
}

class Forward : public Run {};

TEST_F(Forward, writes_outputs_and_detections_and_refuses_what_does_not_fit) {
  const std::vector<std::string> call{"forward",         "--checkpoint", "recipe:lite0", "--lib",
                                      "reference",       "--size",       "128x128",      "-o",
                                      "out.safetensors", "--detections"};
  std::vector<std::string> fitting = call, wrong = call;
  fitting.insert(fitting.end(), {"--model", "lite0"});
  wrong.insert(wrong.end(), {"--model", "d0"});
  EXPECT_EQ(run(fitting).exit_code, 0);
  const ProgramRun seen = run({"inspect", "out.safetensors", "--json"});
  std::map<std::string, Json> shapes;
  const Json document = Json::parse(seen.out);
  for (const Json& tensor : document["tensors"]) shapes[tensor["name"]] = tensor["shape"];
  EXPECT_EQ(shapes["class/3"], Json({1, 810, 16, 16}));
  EXPECT_EQ(shapes["box/7"], Json({1, 36, 1, 1}));
  EXPECT_EQ(shapes["det"], Json({1, 100, 6}));
  EXPECT_EQ(run(wrong).exit_code, 5);

  std::vector<std::string> piped = fitting;
  piped[8] = "/dev/stdout";
  const std::string out = run(piped).out;  // its last MiB
  EXPECT_EQ(out.size(), std::size_t{1} << 20);
  EXPECT_TRUE(read_text_file(in("out.safetensors"))->ends_with(out));
}

TEST_F(Forward, never_writes_its_outputs_over_what_it_reads) {
  const std::string recipe = recipe_checkpoint("tf_efficientdet_lite0");
  const std::string checkpoint = write("a.pth", *read_text_file(recipe));
  const auto forward = [&](const std::string& output) {
    return run({"forward", "--model", "lite0", "--checkpoint", checkpoint, "--lib", "reference",
                "--size", "128x128", "-o", output});
  };
  const ProgramRun refused = forward("a.pth");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("a.pth is the checkpoint itself"));
  EXPECT_EQ(*read_text_file(checkpoint), *read_text_file(recipe));
  EXPECT_EQ(forward("b.safetensors").exit_code, 0);
}

}  // namespace
}  // namespace effgate
