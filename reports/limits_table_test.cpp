#include "reports/limits_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

ReportData run_with(const std::string& policy, const std::vector<std::string>& dtypes) {
  ReportData report;
  report.policy = policy;
  for (const std::string& dtype : dtypes) {
    report.cells.emplace_back();
    report.cells.back().dtype = dtype;
  }
  return report;
}

constexpr const char* kPolicy =
    "[float32]\nmax_rms = 1e-4\nmax_abs = 1e-3\nmin_detections = 0.98\n"
    "[float16]\nmax_rms = 0.5\nmax_abs = 4.0\nmin_detections = 0.0\n"
    "[bfloat16]\nmax_rms = 2.0\n[bfloat16.class]\nmax_rms = 0.0\n"
    "[gate]\nmax_slowdown = 0.1\nmax_memory_growth = 0.5\nmax_drift_growth = 2.0\n";

TEST(LimitsTable, says_in_words_what_each_dtype_of_the_run_may_differ) {
  const LimitsTable table = limits_table(run_with(kPolicy, {"float32", "float16", "float32"}));
  EXPECT_EQ(table.rows,
            (std::vector<LimitRow>{
                {"float32", "1/10000 of the signal", "1/1000 of the signal", "98 of 100 pair up"},
                {"float16", "50 % of the signal", "4 times the signal", "none has to pair up"}}));
}

TEST(LimitsTable, gives_outputs_with_limits_of_their_own_a_row) {
  const LimitsTable table = limits_table(run_with(kPolicy, {"bfloat16"}));
  EXPECT_EQ(table.rows,
            (std::vector<LimitRow>{
                {"bfloat16", "2 times the signal", "not limited", "none has to pair up"},
                {"bfloat16, class", "no difference", "not limited", ""}}));
}

TEST(LimitsTable, says_that_a_dtype_without_limits_is_not_limited) {
  const LimitsTable table = limits_table(run_with(kPolicy, {"float64"}));
  EXPECT_EQ(
      table.rows,
      (std::vector<LimitRow>{{"float64", "not limited", "not limited", "none has to pair up"}}));
}

TEST(LimitsTable, says_what_time_and_memory_may_grow_to) {
  EXPECT_THAT(limits_table(run_with(kPolicy, {"float32"})).gate,
              testing::HasSubstr("1.10 times as long and a process 1.50 times as much memory"));
}

TEST(LimitsTable, is_empty_where_there_is_no_policy_to_read) {
  for (const char* text : {"", "max_rms ="}) {
    EXPECT_TRUE(limits_table(run_with(text, {"float32"})).rows.empty());
    EXPECT_EQ(limits_table(run_with(text, {"float32"})).gate, "");
  }
}

}  // namespace
}  // namespace effgate
