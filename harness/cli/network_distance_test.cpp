#include "harness/cli/network_distance.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/base/files.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/values.h"
#include "harness/cli/single_job.h"

namespace effgate {
namespace {

std::filesystem::path folder_named_by(const char* variable) {
  const char* folder = std::getenv(variable);
  return folder == nullptr ? "." : folder;
}

// The real effgate-cell on recipe checkpoints of one set of weights.
class Distance : public testing::Test {
 protected:
  NetworkOnFile with_recipe(const std::string& model) const {
    CellJob job;
    job.kind = JobKind::make_recipe;
    job.model = model;
    job.adapter = "builtin:reference";
    job.output_path = (folder_.path() / (model + ".pth")).string();
    const auto answer = run_single_job(places_, job, 600, nullptr);
    EXPECT_TRUE(answer.ok() && answer->end.status == "measured") << model;
    return {.model = model, .checkpoint = job.output_path};
  }

  TemporaryDirectory folder_ = *TemporaryDirectory::create();
  Places places_{{"", folder_named_by("EFFGATE_SOURCE_DIR"),
                  folder_named_by("EFFGATE_BUILD_DIR") / "effgate-cell"},
                 folder_.path()};
};

// The golden file holds the largest difference between the two Python programs.
TEST_F(Distance, between_zylo_and_effdet_is_that_between_their_programs) {
  const auto golden = Checkpoint::open(places_.fixtures() / "golden" / "zylo-d0.safetensors");
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  const auto published = [&](const char* tensor) {
    return to_doubles(*golden->find(tensor))->at(0);
  };
  const NetworkOnFile zylo = with_recipe("zylo:tf_efficientdet_d0");
  const NetworkOnFile effdet = with_recipe("tf_efficientdet_d0");
  const auto distance = network_distance(places_, zylo, effdet, nullptr, 512);
  ASSERT_TRUE(distance.ok()) << distance.error().message;
  ASSERT_EQ(distance->outputs.size(), 10U);
  EXPECT_EQ(distance->outputs.front().output, "class/3");
  EXPECT_NEAR(distance->largest("class/"), published("zylo/class/effdet_diff"), 1e-6);
  EXPECT_NEAR(distance->largest("box/"), published("zylo/box/effdet_diff"), 1e-6);
  EXPECT_LT(distance->detections_paired, 1);
}

TEST_F(Distance, of_a_network_from_itself_is_none) {
  const NetworkOnFile lite = with_recipe("tf_efficientdet_lite0");
  const auto distance = network_distance(places_, lite, lite, nullptr);
  ASSERT_TRUE(distance.ok()) << distance.error().message;
  EXPECT_EQ(distance->largest(""), 0);
  EXPECT_GT(distance->outputs.back().first_rms, 0);
  EXPECT_EQ(distance->detections_paired, 1);
}

TEST_F(Distance, says_which_file_does_not_fit) {
  NetworkOnFile lite = with_recipe("tf_efficientdet_lite0");
  lite.model = "tf_efficientdet_d0";
  const auto distance = network_distance(places_, lite, lite, nullptr);
  ASSERT_FALSE(distance.ok());
  EXPECT_EQ(distance.error().kind, ErrorKind::malformed);
  EXPECT_NE(distance.error().message.find("load_mismatch"), std::string::npos);
}

}  // namespace
}  // namespace effgate
