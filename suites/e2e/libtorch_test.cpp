#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

// The oldest and the newest LibTorch that ci/test installs.
constexpr const char* kOldest = "torch-1.13.1";
constexpr const char* kNewest = "torch-2.15.0";

class LibTorch : public testing::Test, protected ProgramFixture {
 protected:
  void SetUp() override {
    use_installed_libraries();
    const Json document = Json::parse(run({"libs", "--json"}).out);
    std::map<std::string, bool> ok;
    for (const Json& library : document["libraries"]) ok[library["name"]] = library["ok"];
    for (const char* name : {kOldest, kNewest})
      if (!ok[name]) GTEST_SKIP() << name << " is not installed; ci/test installs it";
    // Most of a small cell's memory is the library itself, which grew by half between the two.
    write("policy.toml",
          "[float32]\nmax_rms = 1e-4\nmin_detections = 0.9\n[gate]\nmax_memory_growth = 5\n");
  }

  // A checkpoint of lite0 with the weights of the recipe.
  std::string lite0() {
    const ProgramRun recipe = run({"forward", "--model", "lite0", "--checkpoint", "recipe:lite0",
                                   "--lib", kNewest, "--size", "128x128", "-o", "out.safetensors"});
    EXPECT_EQ(recipe.exit_code, 0) << recipe.err;
    for (const auto& entry : std::filesystem::directory_iterator(build() / "test-cache/recipes"))
      if (entry.path().filename().string().starts_with("tf_efficientdet_lite0"))
        return entry.path().string();
    ADD_FAILURE() << "no recipe of lite0";
    return "";
  }

  // Library → cell of a run of this matrix.
  std::map<std::string, Json> cells(const std::string& matrix) {
    write("suite.toml",
          "name = \"e2e\"\npolicy = \"policy.toml\"\n[timing]\nrestarts = 3\n"
          "samples = 3\n[[matrix]]\nlibrary = [\"" +
              std::string(kOldest) + "\", \"" + kNewest + "\"]\n" + matrix);
    const ProgramRun ended = run({"run", "suite.toml", "--db", "a.db"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    std::map<std::string, Json> found;
    const Json document = Json::parse(run({"export", "--db", "a.db", "--format", "json"}).out);
    for (const Json& cell : document["cells"]) found[cell["library"]] = cell;
    return found;
  }
};

TEST_F(LibTorch, of_every_age_is_asked_what_its_own_loader_does_with_a_file_of_pythons) {
  const Json document =
      Json::parse(run({"explain", "--checkpoint", lite0(), "--measure", "--json"}).out);
  std::map<std::string, Json> measured;
  for (const Json& version : document["versions"])
    if (version["basis"] == "measured") measured[version["library"]] = version;
  for (const char* library : {kOldest, kNewest}) {
    EXPECT_EQ(measured[library]["outcome"], "refuses") << library;
    EXPECT_THAT(measured[library]["reason"].dump(), HasSubstr("Expected GenericDict")) << library;
  }
}

TEST_F(LibTorch, of_every_age_computes_a_checkpoint_alike_and_the_gate_opens) {
  auto found = cells(
      "checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n"
      "measure = [\"load\", \"drift\"]\n");
  EXPECT_EQ(found[kOldest]["status"], "pass") << found[kOldest];
  EXPECT_EQ(found[kNewest]["status"], "pass") << found[kNewest];
  const ProgramRun gate =
      run({"gate", "--db", "a.db", "--from", kOldest, "--to", kNewest, "--json"});
  EXPECT_EQ(gate.exit_code, 0) << gate.out;
}

// 1.13.1 has no half-precision convolution on a CPU.
TEST_F(LibTorch, without_half_kernels_says_so_in_its_own_words) {
  auto found = cells(
      "checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nsize = [\"128x128\"]\n"
      "dtype = [\"float16\"]\nmeasure = [\"load\", \"drift\"]\n");
  EXPECT_EQ(found[kOldest]["status"], "unsupported");
  EXPECT_EQ(found[kOldest]["reason"], "no_kernel");
  EXPECT_THAT(found[kOldest]["message"].get<std::string>(),
              HasSubstr("\"slow_conv2d_cpu\" not implemented for 'Half'"));
  EXPECT_NE(found[kNewest]["status"], "unsupported");
}

TEST_F(LibTorch, refuses_a_python_state_dict_with_its_own_loader) {
  auto found = cells(
      "checkpoint = [\"recipe:tf_efficientdet_lite0\"]\nloader = [\"library\"]\n"
      "measure = [\"load\"]\n");
  for (const char* name : {kOldest, kNewest}) {
    EXPECT_EQ(found[name]["status"], "load_refused");
    EXPECT_EQ(found[name]["reason"], "env.cpp_loader");
    EXPECT_THAT(found[name]["message"].get<std::string>(),
                HasSubstr("Expected GenericDict but got None"));
  }
}

// What no C++ loader reads as Python wrote it.
TEST_F(LibTorch, reads_the_archive_that_convert_writes) {
  const ProgramRun made = run({"convert", lite0(), "-o", "lite0.pt", "--format", "torch-archive"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  auto found = cells(
      "checkpoint = [\"file:lite0.pt\"]\nmodel = [\"lite0\"]\nsize = [\"128x128\"]\n"
      "loader = [\"library\"]\nmeasure = [\"load\", \"drift\"]\n");
  EXPECT_EQ(found[kOldest]["status"], "pass") << found[kOldest];
  EXPECT_EQ(found[kNewest]["status"], "pass") << found[kNewest];
}

TEST_F(LibTorch, is_what_check_compares_for_one_file) {
  const ProgramRun checked = run({"check", lite0(), "--from", kOldest, "--to", kNewest, "--size",
                                  "128x128", "--report", "page.html"});
  EXPECT_TRUE(checked.exit_code == 0 || checked.exit_code == 1) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("tf_efficientdet_lite0"));
  EXPECT_THAT(checked.out, HasSubstr("torch-1.13.1 → torch-2.15.0"));
  EXPECT_TRUE(std::filesystem::exists(in("page.html")));
}

}  // namespace
}  // namespace effgate
