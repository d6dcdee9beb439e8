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

}  // namespace
}  // namespace effgate
