#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class Convert : public testing::Test, protected ProgramFixture {
 protected:
  // Eight tensors of eight dtypes under names of no network.
  static std::string small() { return (fixtures() / "torch" / "state-dict.pth").string(); }

  // A checkpoint of lite0 with the weights of the recipe, shared by all tests.
  std::string lite0() const { return recipe_checkpoint("tf_efficientdet_lite0"); }

  ProgramRun convert(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "convert");
    return run(arguments);
  }
};

TEST_F(Convert, writes_every_format_and_reads_it_again) {
  ASSERT_EQ(convert({small(), "-o", "first.safetensors"}).exit_code, 0);
  for (const std::string format : {"zip", "legacy", "safetensors", "torch-archive"}) {
    const ProgramRun made = convert({small(), "-o", "made", "--format", format});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    const ProgramRun inspected = run({"inspect", "made", "--json", "--verify"});
    EXPECT_EQ(Json::parse(inspected.out)["container"], format);
    EXPECT_EQ(convert({"made", "-o", "again.safetensors"}).exit_code, 0);
    EXPECT_EQ(*read_text_file(in("again.safetensors")), *read_text_file(in("first.safetensors")));
  }
}

TEST_F(Convert, reorders_the_norms_of_heads_there_and_back_bit_by_bit) {
  const std::string file = lite0();
  ASSERT_EQ(convert({file, "-o", "first.safetensors"}).exit_code, 0);
  const ProgramRun there =
      convert({file, "-o", "level.pth", "--layout", "effdet-level-first", "--json"});
  ASSERT_EQ(there.exit_code, 0) << there.err;
  const Json document = Json::parse(there.out);
  EXPECT_EQ(document["schema"], "effgate.convert/1");
  EXPECT_EQ(document["model"], "tf_efficientdet_lite0");
  EXPECT_EQ(document["renamed"].size(), 150U);
  EXPECT_EQ(document["lossless"], true);
  const ProgramRun back =
      convert({"level.pth", "-o", "back.safetensors", "--layout", "effdet", "--model", "lite0"});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(*read_text_file(in("back.safetensors")), *read_text_file(in("first.safetensors")));
}

TEST_F(Convert, says_what_another_implementation_makes_of_the_same_weights) {
  const std::string file = recipe_checkpoint("tf_efficientdet_d0");
  const ProgramRun made = convert({file, "-o", "zylo.pth", "--layout", "zylo", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Json difference = Json::parse(made.out)["difference"];
  ASSERT_EQ(difference["outputs"].size(), 10U) << made.err;
  EXPECT_GT(difference["outputs"][0]["max"], 1e-3);
  EXPECT_LT(difference["outputs"][0]["rms"], difference["outputs"][0]["source_rms"]);
  const ProgramRun same =
      convert({file, "-o", "level.pth", "--layout", "effdet-level-first", "--json"});
  EXPECT_EQ(Json::parse(same.out)["difference"], nullptr);
}

TEST_F(Convert, casts_and_says_how_much_was_rounded) {
  const ProgramRun made = convert({small(), "-o", "half.pth", "--dtype", "float16"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("2 from float32 to float16, 1 of them rounded"));
  EXPECT_THAT(made.out, HasSubstr("lossless     no"));
}

TEST_F(Convert, names_the_next_step_where_a_layout_does_not_fit) {
  const ProgramRun refused =
      convert({lite0(), "-o", "made.pth", "--layout", "zylo", "--model", "lite0"});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("the layout zylo has no names for tf_efficientdet_lite0"));
  EXPECT_THAT(refused.err, HasSubstr("next: effgate explain "));
  EXPECT_FALSE(std::filesystem::exists(in("made.pth")));
}

TEST_F(Convert, refuses_words_that_it_does_not_know_with_the_nearest) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"--layout", "effdett"}, "effdet"},
      {{"--format", "zipp"}, "zip"},
      {{"--dtype", "flaot16"}, "float16"},
      {{"--model", "lite9"}, "lite"},
      {{"--drop", "nothing.*"}, "nothing.*"}};
  for (const auto& [mistake, nearest] : mistakes) {
    std::vector<std::string> arguments = {small(), "-o", "made.pth"};
    arguments.insert(arguments.end(), mistake.begin(), mistake.end());
    const ProgramRun refused = convert(arguments);
    EXPECT_EQ(refused.exit_code, 2) << mistake[0] << refused.err;
    EXPECT_THAT(refused.err, HasSubstr(nearest));
  }
}

TEST_F(Convert, never_writes_over_its_input) {
  std::filesystem::copy_file(small(), in("a.pth"));
  std::filesystem::create_symlink(in("a.pth"), in("link.pth"));
  const std::string before = *sha256_hex_of_file(in("a.pth"));
  for (const std::string output : {"a.pth", "./a.pth", "link.pth"})
    EXPECT_EQ(convert({"a.pth", "-o", output, "--dtype", "float64"}).exit_code, 2) << output;
  EXPECT_EQ(*sha256_hex_of_file(in("a.pth")), before);
  EXPECT_EQ(convert({"a.pth", "-o", "b.pth", "--dtype", "float64"}).exit_code, 0);
}

TEST_F(Convert, leaves_the_old_file_where_the_input_is_broken) {
  write("made.pth", "old");
  const std::string broken = (fixtures() / "broken" / "truncated_zip" / "input.pth").string();
  EXPECT_EQ(convert({broken, "-o", "made.pth"}).exit_code, 5);
  EXPECT_EQ(*read_text_file(in("made.pth")), "old");
  EXPECT_EQ(convert({"gone.pth", "-o", "made.pth"}).exit_code, 5);
  EXPECT_EQ(convert({small(), "-o", "nowhere/made.pth"}).exit_code, 3);
}

TEST_F(Convert, takes_the_state_dict_under_the_key_that_is_named) {
  const std::string training =
      (fixtures() / "broken" / "healthy_zip_training" / "input.pth.tar").string();
  const ProgramRun made = convert({training + "#state_dict", "-o", "made.pth"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("taken off    state_dict"));
  EXPECT_EQ(convert({training + "#nothing", "-o", "made.pth"}).exit_code, 5);
}

}  // namespace
}  // namespace effgate
