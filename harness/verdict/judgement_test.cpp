#include "harness/verdict/judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace effgate {
namespace {

using testing::HasSubstr;

Policy a_policy() {
  return *parse_policy(R"(
[float32]
max_rms = 1e-4
max_abs = 1e-3
min_detections = 0.9
[float32.box]
max_rms = 1e-2
)",
                       "p.toml");
}

Judgement judged(const std::vector<DriftRow>& rows, std::string_view dtype = "float32") {
  return judge_cell(a_policy(), dtype, rows);
}

TEST(JudgeCell, what_keeps_every_limit_passes) {
  const Judgement judgement = judged({{"class/3", "rel_rms", 1e-4},
                                      {"class/3", "rel_max", 1e-3},
                                      {"class/3", "nonfinite", 0},
                                      {"class/3", "max_abs", 100},
                                      {"det", "detections_paired", 0.9}});
  EXPECT_EQ(judgement.status, CellStatus::pass);
  EXPECT_TRUE(judgement.broken.empty());
  EXPECT_EQ(judgement.reason, "");
  EXPECT_EQ(judgement.message, "");
}

TEST(JudgeCell, the_worst_broken_limit_is_the_reason) {
  const Judgement judgement = judged({{"class/3", "rel_rms", 2e-4}, {"class/4", "rel_max", 5e-3}});
  EXPECT_EQ(judgement.status, CellStatus::drift);
  EXPECT_EQ(judgement.reason, "beyond_max_abs");
  ASSERT_EQ(judgement.broken.size(), 2u);
  EXPECT_DOUBLE_EQ(judgement.broken[0].excess(), 5);
  EXPECT_DOUBLE_EQ(judgement.broken[1].excess(), 2);
  EXPECT_THAT(judgement.message, HasSubstr("class/4"));
  EXPECT_THAT(judgement.message, HasSubstr("0.005"));
  EXPECT_THAT(judgement.message, HasSubstr("0.001"));
}

TEST(JudgeCell, an_output_may_have_a_limit_of_its_own) {
  EXPECT_EQ(judged({{"box/3", "rel_rms", 9e-3}}).status, CellStatus::pass);
  EXPECT_EQ(judged({{"class/3", "rel_rms", 9e-3}}).status, CellStatus::drift);
}

TEST(JudgeCell, lost_detections_are_drift) {
  const Judgement judgement = judged({{"det", "detections_paired", 0.8}});
  EXPECT_EQ(judgement.status, CellStatus::drift);
  EXPECT_EQ(judgement.reason, "detections_lost");
  EXPECT_DOUBLE_EQ(judgement.broken[0].excess(), 2);
  EXPECT_THAT(judgement.message, HasSubstr("80 %"));
}

TEST(JudgeCell, what_is_not_finite_is_worst) {
  const Judgement judgement = judged({{"class/3", "rel_rms", 1e300}, {"class/3", "nonfinite", 3}});
  EXPECT_EQ(judgement.status, CellStatus::nonfinite);
  EXPECT_EQ(judgement.reason, "nan_or_infinity");
}

TEST(JudgeCell, a_metric_that_is_nan_keeps_no_limit) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(judged({{"class/3", "rel_rms", nan}}).status, CellStatus::drift);
  EXPECT_THAT(judged({{"class/3", "rel_rms", nan}}).message,
              HasSubstr("class/3 has no element that is finite in the truth too"));
}

TEST(JudgeCell, a_dtype_without_limits_must_only_be_finite) {
  EXPECT_EQ(judged({{"class/3", "rel_rms", 5}}, "float16").status, CellStatus::pass);
  EXPECT_EQ(judged({{"class/3", "nonfinite", 1}}, "float16").status, CellStatus::nonfinite);
}

TEST(JudgeCell, nothing_measured_breaks_nothing) { EXPECT_EQ(judged({}).status, CellStatus::pass); }

TEST(LimitCheck, where_nothing_is_allowed_anything_is_infinitely_much) {
  const LimitCheck check{"class/3", "rel_rms", 1e-9, 0, "", ""};
  EXPECT_EQ(check.excess(), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace effgate
