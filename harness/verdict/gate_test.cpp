#include "harness/verdict/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/verdict/testing/made_up_cells.h"

namespace effgate {
namespace {

using testing::HasSubstr;
using Gate = JudgedCells;

TEST_F(Gate, is_open_where_nothing_changed) {
  const Verdict verdict = upgrade({cell("d0", kOld), cell("d0", kNew)});
  EXPECT_EQ(verdict.decision, Decision::open);
  EXPECT_EQ(exit_code(verdict.decision), 0);
  EXPECT_EQ(verdict.code, "no_regression");
  EXPECT_EQ(verdict.sentence,
            "The gate is open: nothing got worse in 1 cell compared from torch-2.6.0 to "
            "torch-2.15.0.");
  EXPECT_EQ(verdict.counts.compared, 1);
  EXPECT_EQ(verdict.counts.unchanged, 1);
  EXPECT_TRUE(verdict.findings.empty());
}

TEST_F(Gate, is_closed_where_a_cell_that_passed_fails) {
  const Verdict verdict = upgrade(
      {cell("d0", kOld), cell("d0", kNew), cell("d1", kOld), cell("d1", kNew, CellStatus::crash)});
  EXPECT_EQ(verdict.decision, Decision::closed);
  EXPECT_EQ(exit_code(verdict.decision), 1);
  EXPECT_EQ(verdict.code, "status_worsened");
  ASSERT_EQ(verdict.findings.size(), 1u);
  EXPECT_EQ(verdict.findings[0].cell, "d1/torch-2.15.0");
  EXPECT_EQ(verdict.findings[0].next, "effgate replay d1/torch-2.15.0");
  EXPECT_THAT(verdict.sentence, HasSubstr("1 regression in 2 cells"));
  EXPECT_THAT(verdict.sentence, HasSubstr("It was pass with torch-2.6.0 and is crash with"));
  EXPECT_EQ(verdict.counts.regressions, 1);
  EXPECT_EQ(verdict.counts.unchanged, 1);
}

TEST_F(Gate, what_was_as_bad_before_is_no_regression) {
  const Verdict verdict =
      upgrade({cell("d0", kOld), cell("d0", kNew), cell("d1", kOld, CellStatus::unsupported),
               cell("d1", kNew, CellStatus::unsupported)});
  EXPECT_EQ(verdict.decision, Decision::open);
  ASSERT_NE(find(verdict, FindingKind::unchanged), nullptr);
  EXPECT_EQ(find(verdict, FindingKind::unchanged)->weight, Weight::notes);
}

TEST_F(Gate, what_failed_in_good_order_and_now_crashes_is_a_regression) {
  EXPECT_EQ(upgrade({cell("d0", kOld), cell("d0", kNew), cell("d1", kOld, CellStatus::unsupported),
                     cell("d1", kNew, CellStatus::crash)})
                .decision,
            Decision::closed);
  EXPECT_EQ(upgrade({cell("d0", kOld), cell("d0", kNew), cell("d1", kOld, CellStatus::crash),
                     cell("d1", kNew, CellStatus::unsupported)})
                .decision,
            Decision::open);
}

TEST_F(Gate, what_works_again_is_noted) {
  const Verdict verdict = upgrade(
      {cell("d0", kOld), cell("d0", kNew), cell("d1", kOld, CellStatus::crash), cell("d1", kNew)});
  EXPECT_EQ(verdict.decision, Decision::open);
  EXPECT_NE(find(verdict, FindingKind::improved), nullptr);
  EXPECT_EQ(verdict.counts.unchanged, 1);
}

TEST_F(Gate, judges_drift_by_the_policy_and_not_by_the_recorded_status) {
  EXPECT_EQ(upgrade({drifting("d0", kOld, 9e-5), drifting("d0", kNew, 9e-5)}).decision,
            Decision::open);
  const Verdict closed = upgrade({drifting("d0", kOld, 9e-5), drifting("d0", kNew, 1.5)});
  EXPECT_EQ(closed.decision, Decision::closed);
  const Finding* finding = find(closed, FindingKind::drift_beyond_policy);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->value, 1.5);
  EXPECT_EQ(finding->limit, 1e-4);
}

TEST_F(Gate, lost_detections_and_values_that_are_not_finite_close_it) {
  FinishedCell lost = drifting("d0", kNew, 1e-5);
  lost.drift[1].value = 0.5;
  EXPECT_EQ(upgrade({drifting("d0", kOld, 1e-5), lost}).code, "detections_lost");
  FinishedCell nonfinite = drifting("d0", kNew, 1e-5);
  nonfinite.drift.push_back({"class/4", "nonfinite", 2});
  EXPECT_EQ(upgrade({drifting("d0", kOld, 1e-5), nonfinite}).code, "nonfinite");
}

TEST_F(Gate, a_cell_that_is_slower_closes_it_with_the_evidence) {
  const Verdict verdict = upgrade({timed("d0", kOld, 0.2), timed("d0", kNew, 0.3)});
  EXPECT_EQ(verdict.decision, Decision::closed);
  const Finding* finding = find(verdict, FindingKind::slowdown);
  ASSERT_NE(finding, nullptr);
  EXPECT_NEAR(*finding->value, 1.5, 1e-9);
  EXPECT_EQ(finding->limit, 1.1);
  EXPECT_LT(*finding->p_value, 0.05);
  EXPECT_TRUE(finding->interval->contains(1.5));
  EXPECT_EQ(verdict.counts.timed, 1);
}

TEST_F(Gate, a_slowdown_within_the_limit_is_none) {
  EXPECT_EQ(upgrade({timed("d0", kOld, 0.2), timed("d0", kNew, 0.218)}).decision, Decision::open);
}

TEST_F(Gate, what_is_faster_is_noted) {
  const Verdict verdict = upgrade({timed("d0", kOld, 0.3), timed("d0", kNew, 0.2)});
  EXPECT_EQ(verdict.decision, Decision::open);
  EXPECT_NE(find(verdict, FindingKind::faster), nullptr);
}

TEST_F(Gate, two_processes_say_nothing_about_speed) {
  FinishedCell few = timed("d0", kNew, 0.9);
  few.timing.resize(8);
  const Verdict verdict = upgrade({timed("d0", kOld, 0.2), few});
  EXPECT_EQ(verdict.decision, Decision::open);
  const Finding* finding = find(verdict, FindingKind::speed_not_decided);
  ASSERT_NE(finding, nullptr);
  EXPECT_THAT(finding->sentence, HasSubstr("3 processes"));
  EXPECT_EQ(verdict.counts.timed, 0);
}

TEST_F(Gate, a_large_ratio_in_much_scatter_is_noted_and_closes_nothing) {
  FinishedCell wild = cell("d0", kNew);
  for (int restart = 0; restart < 3; ++restart)
    for (int sample = 0; sample < 4; ++sample)
      wild.timing.push_back({"forward",
                             restart,
                             sample,
                             restart == 0   ? 0.1
                             : restart == 1 ? 0.3
                                            : 0.9,
                             {}});
  const Verdict verdict = upgrade({timed("d0", kOld, 0.2), wild});
  EXPECT_EQ(verdict.decision, Decision::open);
  EXPECT_GT(*find(verdict, FindingKind::speed_not_decided)->p_value, 0.05);
}

TEST_F(Gate, the_device_clock_counts_where_both_sides_have_it) {
  FinishedCell before = timed("d0", kOld, 0.2);
  FinishedCell after = timed("d0", kNew, 0.4);
  for (TimingRow& row : before.timing) row.device_seconds = 0.1;
  EXPECT_EQ(upgrade({before, after}).decision, Decision::closed);
  for (TimingRow& row : after.timing) row.device_seconds = 0.1;
  EXPECT_EQ(upgrade({before, after}).decision, Decision::open);
}

TEST_F(Gate, memory_that_grew_beyond_the_limit_closes_it) {
  FinishedCell after = cell("d0", kNew);
  after.cell.max_rss_bytes = 1'240'000'000;
  EXPECT_EQ(upgrade({cell("d0", kOld), after}).decision, Decision::open);
  after.cell.max_rss_bytes = 1'300'000'000;
  const Verdict verdict = upgrade({cell("d0", kOld), after});
  EXPECT_EQ(verdict.code, "memory_growth");
  EXPECT_NEAR(*verdict.findings[0].value, 0.3, 1e-12);
}

TEST_F(Gate, a_missing_side_is_not_enough_evidence_unless_nothing_worked_there) {
  const std::vector<FinishedCell> good = {cell("d0", kOld), cell("d0", kNew)};
  const auto with = [&](std::vector<FinishedCell> more) {
    more.insert(more.begin(), good.begin(), good.end());
    return upgrade(more);
  };
  EXPECT_EQ(with({cell("d1", kOld)}).decision, Decision::undecided);
  EXPECT_EQ(exit_code(with({cell("d1", kOld)}).decision), 4);
  EXPECT_EQ(with({cell("d1", kNew)}).decision, Decision::undecided);
  EXPECT_EQ(with({cell("d1", kOld), cell("d1", kNew, CellStatus::skipped)}).decision,
            Decision::undecided);
  EXPECT_EQ(with({cell("d1", kOld), cell("d1", kNew, CellStatus::not_run)}).decision,
            Decision::undecided);
  EXPECT_EQ(with({cell("d1", kOld, CellStatus::unsupported)}).decision, Decision::open);
  EXPECT_EQ(with({cell("d1", kOld, CellStatus::skipped), cell("d1", kNew)}).decision,
            Decision::open);
  EXPECT_EQ(
      with({cell("d1", kOld, CellStatus::not_run), cell("d1", kNew, CellStatus::not_run)}).decision,
      Decision::undecided);
  EXPECT_EQ(
      with({cell("d1", kOld, CellStatus::not_run), cell("d1", kNew, CellStatus::skipped)}).decision,
      Decision::open);
}

TEST_F(Gate, a_library_that_failed_could_not_be_measured) {
  const Verdict verdict = upgrade({cell("d0", kOld), cell("d0", kNew), cell("d1", kOld),
                                   cell("d1", kNew, CellStatus::library_missing)});
  EXPECT_EQ(verdict.decision, Decision::not_measured);
  EXPECT_EQ(exit_code(verdict.decision), 3);
}

TEST_F(Gate, a_library_that_is_not_in_the_run_could_not_be_measured) {
  const Verdict verdict = upgrade({cell("d0", kOld)});
  EXPECT_EQ(verdict.decision, Decision::not_measured);
  EXPECT_EQ(verdict.code, "library_not_in_run");
  EXPECT_THAT(verdict.sentence,
              HasSubstr("Run 5 has no cell of library torch-2.15.0; it has torch-2.6.0."));
}

TEST_F(Gate, a_regression_weighs_more_than_missing_evidence) {
  EXPECT_EQ(upgrade({cell("d0", kOld), cell("d0", kNew, CellStatus::crash), cell("d1", kOld),
                     cell("d2", kOld), cell("d2", kNew, CellStatus::library_missing)})
                .decision,
            Decision::closed);
}

TEST_F(Gate, without_a_common_cell_it_is_undecided_and_says_what_would_decide) {
  const Verdict verdict = upgrade({cell("d0", kOld, CellStatus::crash), cell("d1", kNew)});
  EXPECT_EQ(verdict.decision, Decision::undecided);
  const Finding* finding = find(verdict, FindingKind::no_common_cells);
  ASSERT_NE(finding, nullptr);
  EXPECT_THAT(finding->sentence, HasSubstr("running the same suite with both decides"));
}

TEST_F(Gate, where_nothing_worked_before_nothing_is_proved) {
  const Verdict verdict = upgrade(
      {cell("d0", kOld, CellStatus::unsupported), cell("d0", kNew, CellStatus::unsupported)});
  EXPECT_EQ(verdict.decision, Decision::undecided);
  EXPECT_EQ(verdict.code, "no_working_cell");
}

TEST_F(Gate, a_waiver_opens_it_until_its_last_day) {
  waive();
  const std::vector<FinishedCell> cells = {cell("d0", kOld), cell("d0", kNew), cell("d1", kOld),
                                           cell("d1", kNew, CellStatus::crash)};
  today_ = "2026-03-31";
  const Verdict open = upgrade(cells);
  EXPECT_EQ(open.decision, Decision::open);
  ASSERT_NE(find(open, FindingKind::status_worsened), nullptr);
  EXPECT_EQ(find(open, FindingKind::status_worsened)->weight, Weight::waived);
  EXPECT_EQ(find(open, FindingKind::status_worsened)->waiver->owner, "me");
  EXPECT_EQ(open.counts.waived, 1);
  EXPECT_THAT(open.sentence, HasSubstr("but for 1 waived"));

  today_ = "2026-04-01";
  const Verdict closed = upgrade(cells);
  EXPECT_EQ(closed.decision, Decision::closed);
  EXPECT_NE(find(closed, FindingKind::expired_waiver), nullptr);
}

TEST_F(Gate, a_waiver_covers_only_the_cells_it_speaks_of) {
  waive();
  const Verdict verdict = upgrade({cell("d0", kOld), cell("d0", kNew, CellStatus::crash)});
  EXPECT_EQ(verdict.decision, Decision::closed);
  EXPECT_NE(find(verdict, FindingKind::unused_waiver), nullptr);
}

TEST_F(Gate, a_waiver_does_not_stand_in_for_evidence) {
  waive();
  EXPECT_EQ(upgrade({cell("d0", kOld), cell("d0", kNew), cell("d1", kOld)}).decision,
            Decision::undecided);
}

TEST_F(Gate, a_dtype_without_limits_is_noted) {
  FinishedCell before = drifting("d0", kOld, 1e-5);
  FinishedCell after = drifting("d0", kNew, 1e-5);
  before.cell.dtype = after.cell.dtype = "float16";
  EXPECT_NE(find(upgrade({before, after}), FindingKind::no_limits), nullptr);
}

TEST_F(Gate, counts_cells_that_are_bit_equal) {
  FinishedCell before = cell("d0", kOld);
  FinishedCell after = cell("d0", kNew);
  before.fingerprints = after.fingerprints = {{"class/3", "0123456789abcdef"}};
  EXPECT_EQ(upgrade({before, after}).counts.bit_equal, 1);
  after.fingerprints[0].xxhash64 = "0123456789abcdee";
  EXPECT_EQ(upgrade({before, after}).counts.bit_equal, 0);
}

TEST_F(Gate, cells_that_differ_in_anything_but_the_library_are_not_compared) {
  FinishedCell after = cell("d0", kNew, CellStatus::crash);
  after.cell.size = "256x256";
  EXPECT_EQ(upgrade({cell("d0", kOld), after}).decision, Decision::undecided);
}

TEST_F(Gate, a_run_is_judged_against_its_baseline_by_name) {
  EXPECT_EQ(against_baseline({cell("d0", kOld)}, {cell("d0", kOld)}).decision, Decision::open);
  const Verdict verdict =
      against_baseline({cell("d0", kOld)}, {cell("d0", kOld, CellStatus::timeout)});
  EXPECT_EQ(verdict.decision, Decision::closed);
  EXPECT_THAT(verdict.sentence, HasSubstr("of run 5 with the baseline, run 3"));
  EXPECT_EQ(against_baseline({cell("d0", kOld), cell("d1", kOld)}, {cell("d0", kOld)}).decision,
            Decision::undecided);
}

TEST_F(Gate, a_run_is_no_evidence_against_itself) {
  const RunEvidence run = run_of({cell("d0", kOld)});
  const Verdict verdict = judge_baseline(run, run, context());
  EXPECT_EQ(verdict.decision, Decision::undecided);
  EXPECT_THAT(verdict.sentence, HasSubstr("Run 5 is the baseline itself"));
}

TEST_F(Gate, speed_on_another_machine_is_not_compared) {
  RunEvidence before = run_of({timed("d0", kOld, 0.2)});
  before.run.id = RunId{3};
  before.run.run.host = {"night-1", "Xeon", 8, 0, ""};
  RunEvidence after = run_of({timed("d0", kOld, 0.3)});
  after.run.run.host = {"night-2", "Xeon", 8, 0, ""};
  EXPECT_EQ(judge_baseline(before, after, context()).code, "slowdown");
  after.run.run.host.cores = 4;
  const Verdict verdict = judge_baseline(before, after, context());
  EXPECT_EQ(verdict.decision, Decision::open);
  ASSERT_NE(find(verdict, FindingKind::speed_not_decided), nullptr);
  EXPECT_THAT(find(verdict, FindingKind::speed_not_decided)->sentence,
              HasSubstr("8 cores of Xeon and not 4 cores of Xeon"));
}

TEST_F(Gate, another_checkpoint_under_the_same_name_is_not_enough_evidence) {
  const auto with_contents = [](std::string_view sha256) {
    FinishedCell made = cell("d0", kOld);
    made.cell.checkpoint_sha256 = sha256;
    return made;
  };
  EXPECT_EQ(against_baseline({with_contents("aa")}, {with_contents("aa")}).decision,
            Decision::open);
  EXPECT_EQ(against_baseline({with_contents("aa")}, {with_contents("")}).decision, Decision::open);
  EXPECT_EQ(against_baseline({with_contents("aa")}, {with_contents("bb")}).decision,
            Decision::undecided);
}

TEST_F(Gate, drift_that_is_no_longer_measured_is_not_enough_evidence) {
  FinishedCell without = drifting("d0", kOld, 1e-5);
  without.drift.clear();
  without.cell.status = CellStatus::pass;
  EXPECT_EQ(against_baseline({drifting("d0", kOld, 1e-5)}, {without}).decision,
            Decision::undecided);
  EXPECT_EQ(against_baseline({without}, {drifting("d0", kOld, 1e-5)}).decision, Decision::open);
}

TEST_F(Gate, reads_its_evidence_from_a_store_and_keeps_its_verdict_there) {
  const auto directory = TemporaryDirectory::create();
  auto store = *Store::create_or_open(directory->path() / "runs.db");
  const RunId run = *store.begin_run({});
  ASSERT_TRUE(store.record_cell(run, timed("d0", kOld, 0.2)).ok());
  FinishedCell after = timed("d0", kNew, 0.3);
  after.drift = {{"class/3", "rel_rms", 0.5}};
  after.fingerprints = {{"class/3", "0123456789abcdef"}};
  ASSERT_TRUE(store.record_cell(run, after).ok());

  const auto evidence = read_evidence(store, run);
  ASSERT_TRUE(evidence.ok());
  ASSERT_EQ(evidence->cells.size(), 2u);
  EXPECT_EQ(evidence->cells[1].timing.size(), 12u);
  const Verdict verdict = judge_upgrade(*evidence, kOld, kNew, context());
  EXPECT_EQ(verdict.counts.regressions, 2);

  ASSERT_TRUE(store.record_verdict(to_record(verdict, policy_, run, run, kOld, kNew)).ok());
  const VerdictRecord record = store.verdicts()->front();
  EXPECT_EQ(record.verdict, "closed");
  EXPECT_EQ(record.sentence, verdict.sentence);
  ASSERT_EQ(record.items.size(), verdict.findings.size());
  EXPECT_EQ(record.items[0].kind, "drift_beyond_policy");
  EXPECT_EQ(record.items[0].weight, "closes");
}

TEST(Verdict, every_decision_has_the_exit_code_of_the_contract) {
  EXPECT_EQ(exit_code(Decision::open), 0);
  EXPECT_EQ(exit_code(Decision::closed), 1);
  EXPECT_EQ(exit_code(Decision::not_measured), 3);
  EXPECT_EQ(exit_code(Decision::undecided), 4);
  EXPECT_EQ(to_string(FindingKind::unused_waiver), "unused_waiver");
  EXPECT_EQ(to_string(FindingKind::slowdown), "slowdown");
}

}  // namespace
}  // namespace effgate
