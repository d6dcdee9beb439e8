#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"
#include "suites/e2e/program_run.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class Explain : public testing::Test, protected ProgramFixture {
 protected:
  Json explain(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"explain", "--json", "--checkpoint"});
    const ProgramRun ended = run(arguments);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return Json::parse(ended.out);
  }
  static double number(const Json& text) { return *parse_number(text.get<std::string>()); }
  static Json golden(const std::string& name) {
    return Json::parse(std::ifstream(fixtures() / "golden" / name));
  }
};

// The golden file holds what the Python programs compute from the same file. Sums in another order
// differ by about 1e-14 in float64.
TEST_F(Explain, measures_how_far_the_models_lie_apart_that_one_file_fits) {
  const std::string file = recipe_checkpoint("efficientdet_d4");
  const Json unmeasured = explain({file, "--model", "efficientdet_d4"})["causes"].at(0);
  EXPECT_EQ(unmeasured["code"], "arch.ambiguous");
  EXPECT_THAT(unmeasured["evidence"].dump(), HasSubstr("padding of the backbone"));
  EXPECT_EQ(unmeasured["details"].size(), 1U);

  const Json measured = explain({file, "--model", "efficientdet_d4", "--measure"})["causes"].at(0);
  EXPECT_EQ(measured["severity"], "note");
  EXPECT_THAT(measured["evidence"].dump(),
              HasSubstr("efficientdet_d4 and tf_efficientdet_d4, measured at 128x128"));
  EXPECT_THAT(measured["evidence"].dump(), HasSubstr("logits up to 3.55 apart, boxes up to 0.699"));
  const Json& details = measured["details"];
  const Json expected = golden("efficientdet_d4_distance_128x128.json");
  EXPECT_NEAR(number(details["tf_efficientdet_d4.largest_difference"]), expected["class"], 1e-9);
  EXPECT_EQ(number(details["tf_efficientdet_d4.detections_paired"]), expected["detections_paired"]);
}

TEST_F(Explain, measures_no_versions_where_no_library_is_installed) {
  const Json document = explain({recipe_checkpoint("tf_efficientdet_lite0"), "--measure"});
  EXPECT_TRUE(document["causes"].empty()) << document["causes"];
  EXPECT_FALSE(document["versions"].empty());
  for (const Json& version : document["versions"]) EXPECT_EQ(version["basis"], "predicted");
}

// What PyTorch 1.13.1 says of it: torch.load gives a RecursiveScriptModule.
TEST_F(Explain, of_an_archive_of_a_module_says_that_it_is_no_state_dict_and_how_to_get_one) {
  const std::string file = recipe_checkpoint("tf_efficientdet_lite0");
  ASSERT_EQ(run({"convert", file, "-o", "lite0.pt", "--format", "torch-archive"}).exit_code, 0);
  const ProgramRun ended =
      run({"explain", "--json", "--checkpoint", "lite0.pt", "--model", "lite0"});
  EXPECT_EQ(ended.exit_code, 5);
  const Json document = Json::parse(ended.out);
  EXPECT_EQ(document["loads"], false);
  EXPECT_EQ(document["causes"].size(), 1U);
  EXPECT_EQ(document["causes"].at(0)["code"], "file.whole_module");
  EXPECT_EQ(document["causes"].at(0)["fix"]["kind"], "convert");
  EXPECT_THAT(document["python"]["message"].get<std::string>(), HasSubstr("dict-like"));
  EXPECT_EQ(explain({"lite0.pt"})["causes"].at(0)["severity"], "note");

  ASSERT_EQ(run({"repair", "lite0.pt", "--model", "lite0", "-o", "repaired.pth"}).exit_code, 0);
  EXPECT_EQ(explain({"repaired.pth", "--model", "lite0"})["loads"], true);
}

}  // namespace
}  // namespace effgate
