#include "reports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::HasSubstr;

ReportCell cell(const std::string& status, const std::string& library = "torch-2.6.0") {
  ReportCell result;
  result.name = "d0/" + status;
  result.library = library;
  result.status = status;
  result.message = "because of <" + status + ">";
  return result;
}

std::string junit_of(const ReportData& report) {
  Result<std::string> document = render_junit(report);
  EXPECT_TRUE(document.ok());
  return document.ok() ? *document : std::string();
}

TEST(Junit, sorts_statuses_into_failures_errors_and_skips) {
  ReportData report;
  report.cells = {cell("pass"),  cell("drift"),       cell("load_mismatch"),
                  cell("crash"), cell("unsupported"), cell("skipped")};
  const std::string document = junit_of(report);
  EXPECT_THAT(document, HasSubstr("<testsuites name=\"effgate\" tests=\"6\" failures=\"2\" "
                                  "errors=\"1\" skipped=\"2\">"));
}

TEST(Junit, makes_a_suite_of_each_library) {
  ReportData report;
  report.cells = {cell("pass", "a"), cell("pass", "b"), cell("pass", "a")};
  const std::string document = junit_of(report);
  EXPECT_THAT(document, HasSubstr("<testsuite name=\"a\" tests=\"2\""));
  EXPECT_THAT(document, HasSubstr("<testsuite name=\"b\" tests=\"1\""));
}

TEST(Junit, escapes_messages) {
  ReportData report;
  report.cells = {cell("drift")};
  EXPECT_THAT(junit_of(report), HasSubstr("message=\"because of &lt;drift&gt;\""));
}

TEST(Junit, fails_one_case_for_each_finding_that_closes_the_gate) {
  ReportData report;
  report.verdicts = {ReportVerdict{
      Tone::bad,
      "a → b",
      "Closed",
      "",
      {{"closes", "drift grew", "d0/x", "1e-3", "1e-4"}, {"closes", "slower", "d0/y", "", ""}}}};
  EXPECT_THAT(junit_of(report), HasSubstr("<testsuite name=\"gate\" tests=\"2\" failures=\"2\" "
                                          "errors=\"0\" skipped=\"0\""));
}

TEST(Junit, skips_what_is_waived_and_passes_the_gate_that_is_open_all_the_same) {
  ReportData report;
  report.verdicts = {ReportVerdict{
      Tone::good, "a → b", "Open", "", {{"waived", "drift grew (waived)", "d0/x", "", ""}}}};
  const std::string document = junit_of(report);
  EXPECT_THAT(document, HasSubstr("<testsuite name=\"gate\" tests=\"2\" failures=\"0\" "
                                  "errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(document, HasSubstr("<skipped message=\"drift grew (waived)\"/>"));
}

TEST(Junit, tells_doubt_as_an_error_and_not_as_a_failure) {
  ReportData report;
  report.verdicts = {ReportVerdict{Tone::warn,
                                   "a → b",
                                   "Undecided",
                                   "",
                                   {{"undecides", "too few samples", "d0/x", "", ""},
                                    {"not_measured", "crashed before", "d0/y", "", ""}}}};
  EXPECT_THAT(junit_of(report), HasSubstr("<testsuite name=\"gate\" tests=\"2\" failures=\"0\" "
                                          "errors=\"2\" skipped=\"0\""));
}

TEST(Junit, passes_one_case_for_an_open_gate) {
  ReportData report;
  report.verdicts = {ReportVerdict{Tone::good, "a → b", "Open", "", {}}};
  EXPECT_THAT(junit_of(report), HasSubstr("<testsuite name=\"gate\" tests=\"1\" failures=\"0\""));
}

TEST(Junit, tells_the_same_cell_apart_in_several_comparisons) {
  ReportData report;
  const std::vector<ReportFinding> findings{{"closes", "drift grew", "d0/x", "", ""}};
  report.verdicts = {ReportVerdict{Tone::bad, "a → b", "Closed", "", findings},
                     ReportVerdict{Tone::bad, "a → c", "Closed", "", findings}};
  const std::string document = junit_of(report);
  EXPECT_THAT(document, HasSubstr("<testsuite name=\"gate\" tests=\"2\" failures=\"2\""));
  EXPECT_THAT(document, HasSubstr("classname=\"gate: a → b\" name=\"d0/x\""));
  EXPECT_THAT(document, HasSubstr("classname=\"gate: a → c\" name=\"d0/x\""));
}

}  // namespace
}  // namespace effgate
