#include "harness/runner/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/runner/plan.h"
#include "harness/runner/testing/scripted_runs.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Runner, records_every_cell_and_makes_recipe_and_truth_once) {
  ScriptedLauncher launcher(measured);
  const RunSummary summary = run(launcher);
  EXPECT_EQ(summary.counts.at(CellStatus::pass), 3u);
  EXPECT_FALSE(summary.interrupted);
  EXPECT_EQ(launcher.preparations(), 2u);
  EXPECT_EQ(observer_.prepared.size(), 2u);
  EXPECT_EQ(observer_.finished, 3u);
  const auto stored = store_->run(summary.run);
  ASSERT_TRUE(stored.ok());
  EXPECT_FALSE(stored->run.finished.empty());
}

TEST_F(Runner, finds_recipe_and_truth_in_the_cache_the_second_time) {
  ScriptedLauncher first(measured);
  run(first);
  ScriptedLauncher second(measured);
  run(second);
  EXPECT_EQ(second.preparations(), 0u);
  ASSERT_TRUE(write_file_atomically(options_.places.cell_program, "another program").ok());
  ScriptedLauncher third(measured);
  run(third);
  EXPECT_EQ(third.preparations(), 2u);
}

TEST_F(Runner, goes_on_with_other_cells_when_one_crashes) {
  ScriptedLauncher launcher([](const LaunchRequest& request) {
    return request.job.adapter == "builtin:b-1" ? crashed(request) : measured(request);
  });
  const RunSummary summary = run(launcher);
  EXPECT_THAT(libraries_of(launcher.cells_asked()), ElementsAre("a-1", "b-1", "c-1"));
  const CellRecord record = record_of(summary.run, "b-1");
  EXPECT_EQ(record.status, CellStatus::crash);
  EXPECT_EQ(record.reason, "segmentation_fault");
  EXPECT_THAT(record.message, HasSubstr("boom"));
  EXPECT_EQ(record.reproduce, "again " + record.name);
  EXPECT_EQ(summary.counts.at(CellStatus::pass), 2u);
}

TEST_F(Runner, fixes_threads_and_waiting_and_records_them) {
  ScriptedLauncher launcher(measured);
  const RunSummary summary = run(launcher, "threads = [2]\nisa = [\"avx2\"]\n");
  const EnvironmentVariables& set = launcher.asked.back().environment;
  using Variable = EnvironmentVariables::value_type;
  EXPECT_THAT(set, testing::Contains(Variable("OMP_WAIT_POLICY", "PASSIVE")));
  EXPECT_THAT(set, testing::Contains(Variable("OMP_NUM_THREADS", "2")));
  EXPECT_THAT(set, testing::Contains(Variable("ATEN_CPU_CAPABILITY", "avx2")));
  const std::string recorded = record_of(summary.run, "a-1").environment;
  EXPECT_THAT(recorded, HasSubstr(R"("intra_op_threads":2)"));
  EXPECT_THAT(recorded, HasSubstr(R"("ONEDNN_MAX_CPU_ISA":"AVX2")"));
}

TEST_F(Runner, bounds_cells_by_the_suite_and_watches_cuda_by_resident_size) {
  ScriptedLauncher launcher(measured);
  run(launcher, "device = [\"cpu\", \"cuda\"]\n");
  for (const LaunchRequest& request : launcher.asked) {
    if (request.job.kind != JobKind::measure) continue;
    EXPECT_EQ(request.timeout_s, 9);
    EXPECT_EQ(request.job.memory_bytes + request.resident_bytes, 100'000'000u);
    EXPECT_EQ(request.job.memory_bytes == 0, request.job.environment.device == "cuda");
  }
}

TEST_F(Runner, times_in_fresh_processes_that_alternate_between_libraries) {
  ScriptedLauncher launcher(measured);
  options_.jobs = 3;
  const RunSummary summary =
      run(launcher, "dtype = [\"float32\", \"float64\"]\nmeasure = [\"drift\", \"time\"]\n");
  std::vector<std::string> order;
  for (const LaunchRequest& request : launcher.asked) {
    if (!request.job.time) continue;
    EXPECT_TRUE(request.fresh);
    EXPECT_FALSE(request.job.drift);
    order.push_back(split(request.job.cell, '/')[4].substr(5) +
                    split(request.job.cell, '/')[2].substr(0, 1) +
                    std::to_string(request.job.timing.restart));
  }
  EXPECT_THAT(order, ElementsAre("32a0", "32b0", "32c0", "32a1", "32b1", "32c1", "64a0", "64b0",
                                 "64c0", "64a1", "64b1", "64c1"));
  const auto timing = store_->timing_of_run(summary.run);
  ASSERT_TRUE(timing.ok());
  EXPECT_EQ(timing->size(), 6u);
  for (const auto& [cell, rows] : *timing) EXPECT_EQ(rows.size(), 4u);
}

TEST_F(Runner, does_not_time_what_did_not_load) {
  ScriptedLauncher launcher([](const LaunchRequest& request) {
    JobEnd end = measured(request);
    if (request.job.adapter == "builtin:a-1") {
      end.records = {EndRecord{"load_mismatch", "arch.variant", "24 missing", 0}};
    }
    return end;
  });
  const RunSummary summary = run(launcher, "measure = [\"load\", \"time\"]\n");
  EXPECT_THAT(libraries_of(launcher.cells_asked()),
              ElementsAre("a-1", "b-1", "c-1", "b-1", "c-1", "b-1", "c-1"));
  EXPECT_EQ(record_of(summary.run, "a-1").status, CellStatus::load_mismatch);
}

TEST_F(Runner, records_a_crash_while_timing_and_times_the_others_on) {
  ScriptedLauncher launcher([](const LaunchRequest& request) {
    const bool bad = request.job.time && request.job.adapter == "builtin:a-1";
    return bad ? crashed(request) : measured(request);
  });
  const RunSummary summary = run(launcher, "measure = [\"drift\", \"time\"]\n");
  const CellRecord record = record_of(summary.run, "a-1");
  EXPECT_EQ(record.status, CellStatus::crash);
  EXPECT_THAT(record.message, HasSubstr("while it was timed"));
  EXPECT_EQ(summary.counts.at(CellStatus::pass), 2u);
}

TEST_F(Runner, keeps_the_given_number_of_cells_going_and_no_more) {
  ScriptedLauncher alone(measured);
  run(alone);
  EXPECT_EQ(alone.most_at_once, 1u);
  options_.jobs = 2;
  ScriptedLauncher pair(measured);
  run(pair);
  EXPECT_EQ(pair.most_at_once, 2u);
}

TEST_F(Runner, asks_the_judge_about_what_was_measured) {
  options_.judge = [](const Cell& cell, std::span<const DriftRow> drift) {
    EXPECT_EQ(drift.size(), 1u);
    if (cell.library != "b-1") return CellEnding{};
    return CellEnding{CellStatus::drift, "beyond_max_rms", "too far"};
  };
  ScriptedLauncher launcher(measured);
  const RunSummary summary = run(launcher);
  EXPECT_EQ(record_of(summary.run, "b-1").status, CellStatus::drift);
  EXPECT_EQ(record_of(summary.run, "a-1").status, CellStatus::pass);
}

TEST_F(Runner, starts_a_cell_again_once_when_its_server_died) {
  int lost = 0;
  ScriptedLauncher launcher([&](const LaunchRequest& request) {
    if (request.job.adapter != "builtin:b-1") return measured(request);
    JobEnd end = crashed(request);
    end.lost = true;
    ++lost;
    return end;
  });
  const RunSummary summary = run(launcher);
  EXPECT_EQ(lost, 2);
  EXPECT_EQ(record_of(summary.run, "b-1").status, CellStatus::crash);
}

TEST_F(Runner, asks_why_a_cell_did_not_load_and_keeps_the_answer) {
  ScriptedLauncher launcher([](const LaunchRequest& request) {
    if (request.job.adapter == "builtin:c-1") return crashed(request);
    if (request.job.adapter != "builtin:b-1") return measured(request);
    JobEnd end;
    end.outcome = Exited{0};
    end.records = {EndRecord{"load_mismatch", "keys.missing", "24 missing", 0}};
    return end;
  });
  std::vector<std::string> asked;
  options_.find_causes = [&](const CellRecord& cell, const std::filesystem::path& file) {
    EXPECT_TRUE(std::filesystem::exists(file));
    asked.push_back(cell.library);
    return std::vector<CauseRow>{{0, "keys.nested", "blocks", "", "", ""},
                                 {1, "dtype.mismatch", "changes", "", "", ""},
                                 {2, "arch.variant", "blocks", cell.message, "", ""}};
  };
  const RunSummary summary = run(launcher);
  EXPECT_THAT(asked, ElementsAre("b-1"));
  const auto causes = store_->causes_of_run(summary.run);
  ASSERT_EQ(causes->size(), 1u);
  EXPECT_EQ(causes->begin()->second[2].summary, "24 missing");
  EXPECT_EQ(record_of(summary.run, "b-1").reason, "arch.variant");
}

TEST_F(Runner, records_cells_of_missing_libraries_and_unreadable_checkpoints_without_a_process) {
  options_.libraries.pop_back();
  ScriptedLauncher launcher(measured);
  const RunSummary summary = run(launcher,
                                 "[[include]]\ncheckpoint = \"file:evil.pth\"\nlibrary = \"a-1\"\n"
                                 "[[exclude]]\nwhere = 'library == \"b-1\"'\nreason = \"old\"\n");
  EXPECT_EQ(record_of(summary.run, "c-1").reason, "not_installed");
  EXPECT_EQ(record_of(summary.run, "b-1").message, "old");
  EXPECT_EQ(summary.counts.at(CellStatus::unsafe), 1u);
  EXPECT_EQ(summary.counts.at(CellStatus::skipped), 1u);
  EXPECT_THAT(libraries_of(launcher.cells_asked()), ElementsAre("a-1"));
}

TEST_F(Runner, measures_without_truth_what_cannot_be_loaded_and_lets_the_cell_say_so) {
  ScriptedLauncher launcher(measured);
  launcher.truth_ends = EndRecord{"load_mismatch", "arch.variant", "", 0};
  run(launcher);
  EXPECT_EQ(launcher.cells_asked().size(), 3u);
  EXPECT_FALSE(launcher.asked.back().job.drift);
}

TEST_F(Runner, does_not_run_a_cell_whose_truth_could_not_be_computed) {
  ScriptedLauncher launcher(measured);
  launcher.truth_ends = EndRecord{"oom", "host_memory", "too large", 0};
  const RunSummary summary = run(launcher);
  EXPECT_THAT(launcher.cells_asked(), IsEmpty());
  EXPECT_EQ(launcher.preparations(), 2u);
  EXPECT_EQ(record_of(summary.run, "a-1").reason, "no_truth");
}

TEST_F(Runner, asks_for_the_same_jobs_in_the_same_order_each_time) {
  const std::string_view more =
      "dtype = [\"float32\", \"float16\"]\nsize = [\"256x256\", \"native\"]\n";
  ScriptedLauncher first(measured);
  ScriptedLauncher second(measured);
  run(first, more);
  run(second, more);
  EXPECT_EQ(first.cells_asked(), second.cells_asked());
}

TEST_F(Runner, plans_without_starting_anything) {
  const Suite suite = suite_of("measure = [\"drift\", \"time\"]\n");
  const auto before = plan_run(suite, cells_of(suite), options_.places);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->cells, 3u);
  EXPECT_EQ(before->processes, 9u);
  EXPECT_THAT(before->recipes, ElementsAre("tf_efficientdet_d0"));
  EXPECT_EQ(before->truths, 1u);
  EXPECT_GT(before->seconds, 1);
  ScriptedLauncher launcher(measured);
  run(launcher, "measure = [\"drift\", \"time\"]\n");
  const auto after = plan_run(suite, cells_of(suite), options_.places);
  ASSERT_TRUE(after.ok());
  EXPECT_THAT(after->recipes, IsEmpty());
  EXPECT_EQ(after->truths, 0u);
  EXPECT_EQ(after->disk_bytes, 0u);
  EXPECT_LT(after->seconds, before->seconds);
}

TEST_F(Runner, begins_nothing_without_a_cell_program_and_keeps_earlier_runs) {
  ScriptedLauncher launcher(measured);
  const RunId good = run(launcher).run;
  options_.places.cell_program = directory_->path() / "nothing";
  const Suite suite = suite_of("");
  ScriptedLauncher idle(measured);
  const auto failed = run_cells(suite, cells_of(suite), options_, *store_, idle, observer_);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(idle.asked, IsEmpty());
  const auto kept = store_->latest_run();
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->id, good);
}

}  // namespace
}  // namespace effgate
