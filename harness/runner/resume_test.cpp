#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/runner/run_claim.h"
#include "harness/runner/testing/scripted_runs.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Runner, leaves_an_interrupted_cell_unrecorded_and_resumes_there) {
  ScriptedLauncher launcher(measured);
  launcher.stop_after = 3;  // recipe, truth and the first cell
  const RunSummary stopped = run(launcher);
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_EQ(stopped.counts.at(CellStatus::pass), 1u);
  EXPECT_EQ(stopped.counts.at(CellStatus::not_run), 2u);

  options_.resume = true;
  ScriptedLauncher again(measured);
  const RunSummary resumed = run(again);
  EXPECT_EQ(resumed.run, stopped.run);
  EXPECT_EQ(resumed.resumed, 1u);
  EXPECT_THAT(libraries_of(again.cells_asked()), ElementsAre("b-1", "c-1"));
  EXPECT_EQ(resumed.counts.at(CellStatus::pass), 3u);
}

TEST_F(Runner, begins_a_new_run_where_none_of_this_suite_is_unfinished) {
  options_.resume = true;
  ScriptedLauncher first(measured);
  const RunId one = run(first).run;
  ScriptedLauncher second(measured);
  EXPECT_NE(run(second).run, one);
}

TEST_F(Runner, leaves_a_run_open_that_was_resumed_with_some_of_its_cells) {
  const RunId begun = begin_run();
  options_.resume = true;
  const Suite suite = suite_of("");
  std::vector<Cell> some = cells_of(suite);
  std::erase_if(some, [](const Cell& cell) { return cell.library != "c-1"; });
  ScriptedLauncher part(measured);
  EXPECT_EQ(run_these(suite, some, part).run, begun);
  EXPECT_THAT(libraries_of(part.cells_asked()), ElementsAre("c-1"));
  EXPECT_EQ(store_->run(begun)->run.finished, "");

  ScriptedLauncher rest(measured);
  EXPECT_EQ(run(rest).run, begun);
  EXPECT_THAT(libraries_of(rest.cells_asked()), ElementsAre("b-1"));
  EXPECT_NE(store_->run(begun)->run.finished, "");
  std::vector<std::string> order;
  const auto cells = store_->cells(begun);
  for (const StoredCell& stored : *cells) order.push_back(stored.cell.library);
  EXPECT_THAT(order, ElementsAre("a-1", "b-1", "c-1"));
}

TEST_F(Runner, does_not_go_back_to_a_run_that_a_finished_one_has_followed) {
  const RunId begun = begin_run();
  ScriptedLauncher whole(measured);
  const RunId newest = run(whole).run;
  options_.resume = true;
  ScriptedLauncher again(measured);
  const RunSummary summary = run(again);
  EXPECT_NE(summary.run, begun);
  EXPECT_NE(summary.run, newest);
  EXPECT_EQ(summary.resumed, 0u);
}

TEST_F(Runner, resumes_a_run_under_the_policy_it_was_begun_with_only) {
  options_.run.policy_sha256 = "aa";
  options_.run.arguments = "effgate run s.toml --db a.db";
  const RunId begun = begin_run();
  options_.resume = true;
  options_.run.policy_sha256 = "bb";
  const Suite suite = suite_of("");
  ScriptedLauncher idle(measured);
  const auto refused = run_cells(suite, cells_of(suite), options_, *store_, idle, observer_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("the policy has changed"));
  EXPECT_EQ(refused.error().next, "effgate run s.toml --db a.db");
  EXPECT_THAT(idle.asked, IsEmpty());

  options_.run.policy_sha256 = "aa";
  ScriptedLauncher same(measured);
  EXPECT_EQ(run(same).run, begun);
}

TEST_F(Runner, leaves_a_run_to_the_process_that_is_at_work_on_it) {
  const RunId begun = begin_run();
  options_.resume = true;
  const Suite suite = suite_of("");
  std::optional<Result<RunClaim>> owner = RunClaim::take(store_->path(), begun);
  ASSERT_TRUE(owner->ok());
  ScriptedLauncher idle(measured);
  const auto refused = run_cells(suite, cells_of(suite), options_, *store_, idle, observer_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("another process is at work on it"));
  EXPECT_THAT(idle.asked, IsEmpty());

  owner.reset();
  ScriptedLauncher again(measured);
  EXPECT_EQ(run(again).run, begun);
}

}  // namespace
}  // namespace effgate
