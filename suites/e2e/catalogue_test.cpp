#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::HasSubstr;

class Models : public testing::Test, protected ProgramFixture {};

// The digest that the Python package gives for this network.
TEST_F(Models, print_the_keys_of_python) {
  const ProgramRun printed = run({"models", "d0", "--keys"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_EQ(sha256_hex(trim(printed.out)).substr(0, 16), "76cab55458bfacc3");
}

TEST_F(Models, list_digests_as_json) {
  const ProgramRun printed = run({"models", "lite0", "--json"});
  const auto document = nlohmann::json::parse(printed.out);
  EXPECT_EQ(document["schema"], "effgate.models/1");
  EXPECT_EQ(document["models"][0]["digest"], "76df58adcc5e086b");
  EXPECT_EQ(document["models"][0]["parameters"], 3243470);
}

TEST_F(Models, refuse_an_unknown_name_with_the_nearest) {
  const ProgramRun printed = run({"models", "tf_efficentdet_d0"});
  EXPECT_EQ(printed.exit_code, 2);
  EXPECT_EQ(printed.out, "");
  EXPECT_THAT(printed.err, HasSubstr("tf_efficientdet_d0"));
  EXPECT_EQ(printed.err.rfind("effgate: ", 0), 0u);
}

class Libs : public testing::Test, protected ProgramFixture {};

TEST_F(Libs, have_the_reference_from_the_first_moment) {
  const ProgramRun printed = run({"libs", "--json"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  const auto document = nlohmann::json::parse(printed.out);
  EXPECT_EQ(document["schema"], "effgate.libs/1");
  ASSERT_EQ(document["libraries"].size(), 1u);
  EXPECT_EQ(document["libraries"][0]["name"], "reference");
  EXPECT_EQ(document["libraries"][0]["ok"], true);
}

TEST_F(Libs, refuse_a_specification_that_is_none) {
  EXPECT_EQ(run({"libs", "add", "troch==2.6.0"}).exit_code, 2);
  EXPECT_EQ(run({"libs", "remove", "torch-9.9"}).exit_code, 3);
}

class Options : public testing::Test, protected ProgramFixture {};

TEST_F(Options, that_are_wrong_end_with_two_and_one_line) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"chekc"},
                                             {"run"},
                                             {"run", "a.toml", "--bd", "x"},
                                             {"gate", "--db", "x.db"},
                                             {"gate", "--db", "x.db", "--from", "a"},
                                             {"forward", "--device", "tpu"}}) {
    const ProgramRun printed = run(arguments);
    EXPECT_EQ(printed.exit_code, 2) << join(arguments, " ") << printed.err;
    EXPECT_EQ(printed.out, "");
  }
}

}  // namespace
}  // namespace effgate
