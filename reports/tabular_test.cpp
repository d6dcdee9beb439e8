#include "reports/tabular.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace effgate {
namespace {

using testing::HasSubstr;

ReportData report_with_message(const std::string& message) {
  ReportCell cell;
  cell.name = "d0/a";
  cell.status = "drift";
  cell.message = message;
  cell.drift = {{"class/3", "rel_rms", 0.25}, {"box/3", "rel_rms", 0.5}, {"box/3", "rms", 9}};
  cell.timing = {{"forward", 0, 1, {}}, {"forward", 0, 3, {}}, {"model_upload", 0, 50, {}}};
  ReportData report;
  report.suite = "quick";
  report.cells = {cell};
  return report;
}

TEST(Csv, quotes_what_would_break_a_line) {
  EXPECT_THAT(render_csv(report_with_message("a, \"b\"\nc")), HasSubstr("\"a, \"\"b\"\"\nc\""));
}

TEST(Csv, disarms_what_a_spreadsheet_would_compute) {
  EXPECT_THAT(render_csv(report_with_message("=1+1")), HasSubstr(",'=1+1,"));
}

TEST(Csv, gives_the_largest_drift_and_the_median_time) {
  EXPECT_THAT(render_csv(report_with_message("")), HasSubstr(",0.5,2\r\n"));
}

TEST(Markdown, keeps_a_cell_of_a_table_in_its_cell) {
  EXPECT_THAT(render_markdown(report_with_message("a|b <i>")), HasSubstr("a\\|b \\<i\\>"));
}

TEST(RunJson, can_be_read_back_with_every_value) {
  const auto document = nlohmann::json::parse(render_json(report_with_message("bad \xff")));
  EXPECT_EQ(document["schema"], "effgate.run/1");
  EXPECT_EQ(document["cells"][0]["drift"].size(), 3u);
  EXPECT_EQ(document["cells"][0]["timing"][1]["seconds"], 3.0);
}

}  // namespace
}  // namespace effgate
