#include "reports/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/status_style.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using testing::Not;

ReportCell passing_cell() {
  ReportCell cell;
  cell.name = "d0/recipe:d0/torch-2.6.0/cpu/float32/native";
  cell.checkpoint = "recipe:d0";
  cell.model = "d0";
  cell.library = "torch-2.6.0";
  cell.device = "cpu";
  cell.dtype = "float32";
  cell.size = "native";
  cell.status = "pass";
  cell.reproduce = "effgate run quick.toml --only 'model == \"d0\"'";
  cell.drift = {{"class/3", "rel_rms", 2.5e-6}, {"box/3", "rel_rms", 7.5e-6}};
  return cell;
}

ReportData report_of(std::vector<ReportCell> cells) {
  ReportData report;
  report.suite = "quick";
  report.program_version = "0.1.0";
  report.cells = std::move(cells);
  return report;
}

std::string page_of(const ReportData& report) {
  Result<std::string> page = render_page(report);
  EXPECT_TRUE(page.ok());
  return page.ok() ? *page : std::string();
}

TEST(Page, shows_the_largest_drift_of_a_cell_in_the_matrix) {
  EXPECT_THAT(page_of(report_of({passing_cell()})), HasSubstr("drift 7.5e-06"));
}

TEST(Page, says_which_limits_a_dtype_had_to_keep) {
  ReportData report = report_of({passing_cell()});
  EXPECT_THAT(page_of(report), Not(HasSubstr("What may differ?")));
  report.policy = "[float32]\nmax_rms = 0.25\n";
  EXPECT_THAT(page_of(report), HasSubstr("<td>float32</td><td>25 % of the signal</td>"));
}

TEST(Page, escapes_text_from_checkpoints_and_libraries) {
  ReportCell hostile = passing_cell();
  hostile.status = "library_error";
  hostile.message = "<script>alert(1)</script> & \"quotes\"";
  hostile.output = "</pre><img src=x onerror=alert(1)>";
  hostile.checkpoint = "file:'><b>.pth";
  const std::string page = page_of(report_of({hostile}));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<b>.pth")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;"));
}

TEST(Page, explains_what_does_not_load_and_escapes_the_evidence) {
  ReportCell cell = passing_cell();
  cell.status = "load_mismatch";
  cell.causes = {
      {"arch.variant", "blocks", "This is a D7.", {"fpn.cell.7.<i>"}, "effgate run --model d7"}};
  const std::string page = page_of(report_of({cell}));
  EXPECT_THAT(page, HasSubstr("Why does it not load?"));
  EXPECT_THAT(page, HasSubstr("This is a D7."));
  EXPECT_THAT(page, HasSubstr("fpn.cell.7.&lt;i&gt;"));
  EXPECT_THAT(page, HasSubstr("effgate run --model d7"));
  EXPECT_THAT(page_of(report_of({passing_cell()})), Not(HasSubstr("Why does it not load?")));
}

TEST(Page, replaces_bytes_that_are_no_text) {
  ReportCell cell = passing_cell();
  cell.message = "bad \xff byte";
  EXPECT_THAT(page_of(report_of({cell})), HasSubstr("bad \uFFFD byte"));
}

TEST(Page, does_not_obey_template_marks_in_data) {
  ReportCell cell = passing_cell();
  cell.message = "{{{style}}} {{#rows}}";
  EXPECT_THAT(page_of(report_of({cell})), HasSubstr("{{{style}}} {{#rows}}"));
}

TEST(Page, asks_nothing_from_elsewhere) {
  const std::string page = page_of(report_of({passing_cell()}));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
}

TEST(Page, leads_from_a_finding_to_its_cell) {
  ReportData report = report_of({passing_cell()});
  report.verdicts = {ReportVerdict{
      Tone::bad, "a → b", "Closed", "", {{"closes", "slower", report.cells[0].name, "", ""}}}};
  const std::string page = page_of(report);
  EXPECT_THAT(page, HasSubstr("href=\"#cell-1\""));
  EXPECT_THAT(page, HasSubstr("id=\"cell-1\""));
}

TEST(Page, is_headed_by_its_first_verdict_and_lists_the_others) {
  ReportData report = report_of({passing_cell()});
  report.verdicts = {ReportVerdict{Tone::bad,
                                   "a → b",
                                   "Closed: a → b",
                                   "One regression.",
                                   {{"closes", "slower", "", "", ""}}},
                     ReportVerdict{Tone::good, "a → c", "Open: a → c", "All the same.", {}}};
  const std::string page = page_of(report);
  EXPECT_THAT(page, HasSubstr("<h1 class=\"verdict bad\">"));
  EXPECT_THAT(page, HasSubstr("</span> Closed: a → b</h1>"));
  EXPECT_THAT(page, HasSubstr("<b>Open: a → c</b> All the same."));
  EXPECT_THAT(page, HasSubstr("What decided: a → b</h2>"));
  EXPECT_THAT(page, Not(HasSubstr("What decided: a → c")));
}

TEST(Page, counts_cells_when_there_is_no_verdict) {
  ReportCell bad = passing_cell();
  bad.status = "crash";
  EXPECT_THAT(page_of(report_of({passing_cell(), bad})), HasSubstr("1 of 2 cells pass"));
}

TEST(Page, is_headed_by_a_good_mark_only_where_every_cell_that_was_not_skipped_passes) {
  const auto heading = [](const std::vector<std::string>& statuses) {
    std::vector<ReportCell> cells;
    for (const std::string& status : statuses) {
      cells.push_back(passing_cell());
      cells.back().status = status;
    }
    const std::string page = page_of(report_of(std::move(cells)));
    const std::string start = "<h1 class=\"verdict ";
    const std::size_t at = page.find(start) + start.size();
    return page.substr(at, page.find('"', at) - at);
  };
  EXPECT_EQ(heading({"pass", "pass"}), "good");
  EXPECT_EQ(heading({"pass", "skipped"}), "good");
  EXPECT_EQ(heading({"skipped"}), "mute");
  EXPECT_EQ(heading({}), "mute");
  for (const char* status : {"drift", "not_run", "crash", "unsupported", "load_mismatch"}) {
    EXPECT_EQ(heading({"pass", status}), "warn") << status;
    EXPECT_EQ(heading({status}), "warn") << status;
  }
}

TEST(Page, can_be_made_of_an_empty_run) {
  EXPECT_THAT(page_of(report_of({})), HasSubstr("0 of 0 cells pass"));
}

TEST(StatusStyle, shows_an_unknown_status_as_a_defect) {
  EXPECT_EQ(style_of("pass").tone, Tone::good);
  EXPECT_EQ(style_of("no such status").status, "error");
}

}  // namespace
}  // namespace effgate
