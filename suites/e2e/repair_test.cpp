#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fixtures/faults/corpus.h"
#include "harness/base/hash.h"
#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Repair : public testing::Test, protected ProgramFixture {
 protected:
  // A checkpoint of lite0 with these faults of the corpus.
  std::string file_with(const std::vector<std::string>& names) const {
    faults::CorpusFile file{"tf_efficientdet_lite0", {}};
    for (const faults::Fault& fault : faults::all_faults())
      if (std::ranges::find(names, fault.name) != names.end()) file.faults.push_back(&fault);
    EXPECT_EQ(file.faults.size(), names.size());
    return write("input.pth", make_specimen(file)->bytes);
  }

  ProgramRun repair(const std::string& input, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"repair", input, "--model", "lite0", "-o", output()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  std::string output() const { return in("repaired.pth").string(); }

  // Exit code 5, one line why and one what to do next, and nothing written.
  void expect_refusal(const ProgramRun& refused, const std::string& why) const {
    EXPECT_EQ(refused.exit_code, 5) << refused.err;
    EXPECT_EQ(refused.out, "");
    EXPECT_THAT(refused.err, StartsWith("effgate: repairing "));
    EXPECT_THAT(refused.err, HasSubstr(why));
    EXPECT_THAT(refused.err, HasSubstr("\nnext: effgate "));
    EXPECT_FALSE(fs::exists(output()));
  }
};

TEST_F(Repair, undoes_wrapping_prefix_and_dtype_and_leaves_the_input_alone) {
  const std::string input =
      file_with({"timm-training-with-average", "compiled-in-data-parallel", "half"});
  const std::string before = *sha256_hex_of_file(input);
  const ProgramRun done = repair(input, {"--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json document = json::parse(done.out);
  EXPECT_EQ(document["schema"], "effgate.repair/1");
  EXPECT_EQ(document["repaired"], true);
  EXPECT_EQ(document["lossless"], true);
  std::vector<std::string> causes;
  for (const json& step : document["steps"]) causes.push_back(step["cause"]);
  EXPECT_THAT(causes, ElementsAre("keys.nested", "keys.prefix", "dtype.mismatch"));
  EXPECT_EQ(document["proof"]["same_values"], 588);  // floating tensors of lite0
  EXPECT_EQ(document["proof"]["same_bytes"], 108);   // its counters
  EXPECT_GT(document["proof"]["forward"]["outputs"], 0);
  EXPECT_EQ(*sha256_hex_of_file(input), before);

  const ProgramRun again = run({"inspect", output(), "--json"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  const json inspected = json::parse(again.out);
  EXPECT_THAT(inspected["wrappers"], testing::IsEmpty());
  EXPECT_EQ(inspected["candidates"][0]["model"], "tf_efficientdet_lite0");
  EXPECT_EQ(inspected["candidates"][0]["score"], 1.0);
}

TEST_F(Repair, says_which_tensors_of_a_head_it_made_anew) {
  const ProgramRun done = repair(file_with({"twenty-classes"}), {"--format", "safetensors"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("made class_net.predict.conv_pw.weight"));
  EXPECT_THAT(done.out, HasSubstr("Not lossless."));
  const json inspected = json::parse(run({"inspect", output(), "--json"}).out);
  EXPECT_EQ(inspected["container"], "safetensors");
}

TEST_F(Repair, writes_a_healthy_checkpoint_again) {
  const ProgramRun done = repair(file_with({}));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("Nothing had to be repaired"));
  EXPECT_THAT(done.out, HasSubstr("696 tensors bit-equal"));
}

TEST_F(Repair, takes_a_file_to_the_names_of_another_implementation_and_back) {
  const std::string effdets = recipe_checkpoint("tf_efficientdet_d0"), zylos = in("zylo.pth");
  const ProgramRun there = run({"repair", effdets, "--model", "zylo:d0", "-o", zylos});
  ASSERT_EQ(there.exit_code, 0) << there.err;
  EXPECT_THAT(there.out, HasSubstr("fits zylo:tf_efficientdet_d0 strictly; 784 tensors bit-equal"));
  const ProgramRun again = run({"repair", zylos, "--model", "zylo:d0", "-o", output()});
  EXPECT_THAT(again.out, HasSubstr("Nothing had to be repaired"));
  const ProgramRun back = run({"repair", zylos, "--model", "d0", "-o", output()});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  EXPECT_THAT(back.out, HasSubstr("784 tensors bit-equal"));
}

TEST_F(Repair, refuses_another_network_and_names_it) {
  expect_refusal(repair(file_with({"lite1-into-lite0"})), "tf_efficientdet_lite1");
}

TEST_F(Repair, refuses_values_that_are_not_finite) {
  expect_refusal(repair(file_with({"data-parallel", "nan-in-first-block"})), "NaN");
}

TEST_F(Repair, refuses_damaged_and_unsafe_files) {
  expect_refusal(repair(file_with({"flipped-bit"})), "checksum");
  expect_refusal(repair(file_with({"call-beside-weights"})), "posix.system");
}

TEST_F(Repair, explains_a_refusal_as_json_too) {
  const ProgramRun refused = repair(file_with({"without-stem"}), {"--json"});
  EXPECT_EQ(refused.exit_code, 5);
  const json document = json::parse(refused.out);
  EXPECT_EQ(document["schema"], "effgate.repair/1");
  EXPECT_EQ(document["repaired"], false);
  EXPECT_NE(document["reason"], "");
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(Repair, never_writes_over_its_input) {
  const std::string input = file_with({"data-parallel"});
  const std::string before = *sha256_hex_of_file(input);
  fs::create_symlink(input, output());
  const ProgramRun refused = repair(input);
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_EQ(*sha256_hex_of_file(input), before);
}

TEST_F(Repair, refuses_a_model_that_there_is_not_with_the_nearest) {
  const ProgramRun refused =
      run({"repair", file_with({}), "--model", "tf_efficentdet_lite0", "-o", output()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("tf_efficientdet_lite0"));
}

class Explained : public Repair {};

TEST_F(Explained, without_a_model_a_file_tells_of_how_many_classes_it_is) {
  const auto explain = [&](const std::string& file) {
    return json::parse(run({"explain", "--checkpoint", file, "--json"}).out);
  };
  const json usual = explain(file_with({}));
  EXPECT_EQ(usual["num_classes"], 90);
  EXPECT_EQ(usual["remark"], "");
  const json twenty = explain(file_with({"twenty-classes"}));
  EXPECT_EQ(twenty["num_classes"], 20);
  EXPECT_EQ(twenty["remark"], "Its heads are for 20 classes; as published the network has 90.");
}

}  // namespace
}  // namespace effgate
