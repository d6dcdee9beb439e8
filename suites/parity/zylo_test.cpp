// What the reference computes for zylo's networks against what zylo's own code computed, and how
// far that is from effdet's with the same weights.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "harness/backend/reference/reference.h"
#include "suites/parity/zylo_network.h"

namespace effgate {
namespace {

class ZyloParity : public ::testing::TestWithParam<const char*> {
 protected:
  static Library reference() { return *Library::from_table(reference_backend()); }
  static int all_cores() { return static_cast<int>(std::thread::hardware_concurrency()); }
};

TEST_P(ZyloParity, agrees_with_python_in_float64) {
  compare_with_zylo(GetParam(), reference(), all_cores(), DType::float64, expect_float64_rounding);
}

TEST_P(ZyloParity, stays_within_the_noise_of_float32) {
  compare_with_zylo(GetParam(), reference(), all_cores(), DType::float32, expect_float32_noise);
}

// The file holds the largest and the rms difference between the two Python programs.
TEST_P(ZyloParity, is_as_far_from_effdet_as_the_two_programs_are_from_each_other) {
  const auto golden = GoldenFile::open(golden_path(GetParam()));
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  const std::string& model = golden->metadata("effdet_model");
  const auto zylo =
      run_like_zylo(*golden, "zylo:" + model, reference(), all_cores(), DType::float64);
  const auto effdet = run_like_zylo(*golden, model, reference(), all_cores(), DType::float64);
  ASSERT_TRUE(zylo.ok() && effdet.ok());
  for (const char* tap : {"zylo/class", "zylo/box"}) {
    const std::vector<double>& theirs = zylo->at(tap);
    const std::vector<double>& ours = effdet->at(tap);
    ASSERT_EQ(theirs.size(), ours.size());
    double largest = 0, squares = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const double distance = std::abs(theirs[i] - ours[i]);
      largest = std::max(largest, distance);
      squares += distance * distance;
    }
    const std::vector<double> published = golden->doubles(std::string(tap) + "/effdet_diff");
    EXPECT_NEAR(largest, published[0], 1e-6 * published[0]) << tap;
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(ours.size())), published[1],
                1e-6 * published[1])
        << tap;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, ZyloParity, ::testing::Values(EFFGATE_PARITY_NETWORKS),
                         [](const auto& network) {
                           std::string name = network.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace effgate
