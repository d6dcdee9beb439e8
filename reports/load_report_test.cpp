#include "reports/load_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"

namespace effgate {
namespace {

class LoadReport : public testing::Test {
 protected:
  LoadReport() {
    EXPECT_TRUE(store_.ok());
    RunRecord run;
    run.suite = "quick";
    run.policy_text = "[float32]\n";
    run_ = *store_->begin_run(run);
  }

  void record(const std::string& name, CellStatus status,
              const std::string& library = "torch-2.6.0") {
    FinishedCell finished;
    finished.cell.name = name;
    finished.cell.library = library;
    finished.cell.status = status;
    finished.drift = {{"class/3", "rel_rms", 0.5}};
    finished.timing = {{"forward", 0, 0, 0.25, {}}};
    finished.causes = {{0, "arch.variant", "blocks", "It is a D7.", "fpn.cell.6\nfpn.cell.7", ""}};
    ASSERT_TRUE(store_->record_cell(run_, finished).ok());
  }

  void decide(const std::string& verdict, const std::string& to, double epoch) {
    VerdictRecord record;
    record.base_run = record.run = run_;
    record.from_library = "torch-2.6.0";
    record.to_library = to;
    record.verdict = verdict;
    record.policy_text = "# " + verdict;
    record.decided_epoch = epoch;
    ASSERT_TRUE(store_->record_verdict(record).ok());
  }

  std::vector<std::string> headlines() {
    const Result<ReportData> report = load_report(*store_, run_);
    EXPECT_TRUE(report.ok());
    std::vector<std::string> found;
    for (const ReportVerdict& verdict : report->verdicts) found.push_back(verdict.headline);
    return found;
  }

  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
  Result<Store> store_ = Store::create_or_open(directory_->path() / "a.db");
  RunId run_{};
};

TEST_F(LoadReport, brings_cells_with_their_numbers) {
  record("a", CellStatus::pass);
  record("b", CellStatus::crash);
  const Result<ReportData> report = load_report(*store_, run_);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->suite, "quick");
  EXPECT_EQ(report->policy, "[float32]\n");
  ASSERT_EQ(report->cells.size(), 2u);
  EXPECT_EQ(report->cells[1].status, "crash");
  EXPECT_EQ(report->cells[0].drift[0].value, 0.5);
  EXPECT_EQ(report->cells[0].timing[0].seconds, 0.25);
  EXPECT_TRUE(report->verdicts.empty());
  ASSERT_EQ(report->cells[0].causes.size(), 1u);
  EXPECT_EQ(report->cells[0].causes[0].evidence.size(), 2u);
}

TEST_F(LoadReport, shows_the_newest_verdict_on_the_run) {
  record("a", CellStatus::pass);
  VerdictRecord verdict;
  verdict.base_run = verdict.run = run_;
  verdict.from_library = "torch-2.6.0";
  verdict.to_library = "torch-2.15.0";
  verdict.verdict = "closed";
  verdict.policy_text = "[float16]\n";
  verdict.items = {{"a", "slowdown", "closes", "twice as slow", 2.0, 1.1, {}},
                   {"a", "unchanged", "notes", "the same", {}, {}, {}}};
  ASSERT_TRUE(store_->record_verdict(verdict).ok());
  const Result<ReportData> report = load_report(*store_, run_);
  ASSERT_TRUE(report.ok() && report->verdicts.size() == 1);
  EXPECT_EQ(report->verdicts[0].headline, "The gate is closed: torch-2.6.0 → torch-2.15.0");
  EXPECT_EQ(report->verdicts[0].tone, Tone::bad);
  EXPECT_EQ(report->policy, "[float16]\n");
  ASSERT_EQ(report->verdicts[0].findings.size(), 1u);
  EXPECT_EQ(report->verdicts[0].findings[0].value, "2");
  EXPECT_EQ(report->verdicts[0].findings[0].weight, "closes");
}

TEST_F(LoadReport, shows_the_newest_verdict_of_each_comparison_the_worst_first) {
  decide("closed", "torch-2.13.0", 10);
  decide("undecided", "torch-2.14.0", 11);
  decide("not_measured", "torch-2.15.0", 12);
  decide("open", "torch-2.13.0", 13);
  EXPECT_THAT(headlines(),
              testing::ElementsAre("It could not be measured: torch-2.6.0 → torch-2.15.0",
                                   "Not enough evidence to decide: torch-2.6.0 → torch-2.14.0",
                                   "The gate is open: torch-2.6.0 → torch-2.13.0"));
  decide("closed", "torch-2.13.0", 14);
  EXPECT_EQ(headlines().front(), "The gate is closed: torch-2.6.0 → torch-2.13.0");
  EXPECT_EQ(load_report(*store_, run_)->policy, "# closed");
}

TEST_F(LoadReport, forgets_a_verdict_that_was_decided_before_the_run_was_finished) {
  decide("closed", "torch-2.15.0", 10);
  EXPECT_EQ(headlines().size(), 1u);
  ASSERT_TRUE(store_->finish_run(run_, "2026-01-01T00:00:20Z", 20).ok());
  EXPECT_TRUE(headlines().empty());
  decide("open", "torch-2.15.0", 20);
  EXPECT_THAT(headlines(), testing::ElementsAre("The gate is open: torch-2.6.0 → torch-2.15.0"));
}

TEST_F(LoadReport, forgets_a_verdict_that_was_decided_before_a_cell_of_an_unfinished_run_ended) {
  decide("open", "torch-2.15.0", 10);
  FinishedCell later;
  later.cell.name = "late";
  later.cell.status = CellStatus::crash;
  later.cell.started_epoch = 9;
  later.cell.seconds = 0.5;
  ASSERT_TRUE(store_->record_cell(run_, later).ok());
  EXPECT_EQ(headlines().size(), 1u);
  later.cell.name = "later";
  later.cell.seconds = 2;
  ASSERT_TRUE(store_->record_cell(run_, later).ok());
  EXPECT_TRUE(headlines().empty());
}

TEST_F(LoadReport, names_the_run_that_a_run_was_compared_with) {
  RunRecord run;
  run.suite = "quick";
  VerdictRecord verdict;
  verdict.base_run = run_;
  verdict.run = run_ = *store_->begin_run(run);
  verdict.verdict = "open";
  ASSERT_TRUE(store_->record_verdict(verdict).ok());
  EXPECT_THAT(headlines(), testing::ElementsAre("The gate is open: against run 1"));
}

TEST_F(LoadReport, orders_libraries_by_version_and_leaves_the_rest_in_the_order_of_the_suite) {
  for (const char* name : {"torch-2.15.0", "reference", "torch-2.6.0"}) {
    ASSERT_TRUE(store_->record_library(run_, {name, "", "", "", "", ""}).ok());
  }
  record("d0 newest", CellStatus::pass, "torch-2.15.0");
  record("d0 new", CellStatus::pass, "torch-2.6.0");
  record("d0 old", CellStatus::pass, "torch-1.13.1");
  const Result<ReportData> report = load_report(*store_, run_);
  ASSERT_TRUE(report.ok());
  ASSERT_EQ(report->libraries.size(), 3u);
  EXPECT_EQ(report->libraries[1].name, "torch-2.6.0");
  EXPECT_EQ(report->libraries[2].name, "torch-2.15.0");
  ASSERT_EQ(report->cells.size(), 3u);
  EXPECT_EQ(report->cells[0].name, "d0 old");
  EXPECT_EQ(report->cells[1].name, "d0 new");
  EXPECT_EQ(report->cells[2].name, "d0 newest");
}

TEST_F(LoadReport, says_that_a_run_is_not_there) {
  EXPECT_EQ(load_report(*store_, RunId{99}).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace effgate
