#include "harness/verdict/changes.h"

#include <gtest/gtest.h>

#include "harness/verdict/testing/made_up_cells.h"

// How drift on one side is weighed against drift on the other.

namespace effgate {
namespace {

using Changes = JudgedCells;

TEST_F(Changes, drift_that_was_there_before_closes_only_where_it_grew) {
  const std::vector<FinishedCell> good = {cell("d0", kOld), cell("d0", kNew)};
  const auto verdict_on = [&](double before, double after) {
    std::vector<FinishedCell> cells = good;
    cells.push_back(drifting("d1", kOld, before));
    cells.push_back(drifting("d1", kNew, after));
    return upgrade(cells);
  };
  EXPECT_EQ(verdict_on(2e-4, 3.9e-4).decision, Decision::open);
  const Verdict grown = verdict_on(2e-4, 4.1e-4);
  EXPECT_EQ(grown.decision, Decision::closed);
  EXPECT_EQ(grown.code, "drift_grew");
  EXPECT_EQ(verdict_on(4e-4, 5e-5).decision, Decision::open);
}

TEST_F(Changes, a_limit_that_was_kept_before_counts_in_a_cell_that_drifted) {
  FinishedCell worse = drifting("d1", kNew, 2e-4);
  worse.drift[1].value = 0.5;
  const Verdict verdict =
      upgrade({cell("d0", kOld), cell("d0", kNew), drifting("d1", kOld, 2e-4), worse});
  EXPECT_EQ(verdict.decision, Decision::closed);
  EXPECT_EQ(verdict.code, "detections_lost");
}

// A cell beside one that works, so that something could break.
class DriftBefore : public JudgedCells {
 protected:
  std::string code(std::vector<DriftRow> before, std::vector<DriftRow> after,
                   CellStatus status = CellStatus::drift) {
    FinishedCell old = cell("d1", kOld, status), now = cell("d1", kNew, status);
    old.drift = std::move(before);
    now.drift = std::move(after);
    return upgrade({cell("d0", kOld), cell("d0", kNew), old, now}).code;
  }
};

TEST_F(DriftBefore, in_one_output_hides_none_in_another) {
  const DriftRow bad = {"class/3", "rel_rms", 1.9e-4};
  EXPECT_EQ(code({bad, {"box/7", "rel_rms", 5e-5}}, {bad, {"box/7", "rel_rms", 3.7e-4}}),
            "drift_beyond_policy");
  EXPECT_EQ(code({bad, {"box/7", "rel_rms", 1.1e-4}}, {bad, {"box/7", "rel_rms", 3.7e-4}}),
            "drift_grew");
  EXPECT_EQ(code({bad, {"box/7", "rel_rms", 1.1e-4}}, {bad, {"box/7", "rel_rms", 2.1e-4}}),
            "no_regression");
}

TEST_F(DriftBefore, of_a_cell_whose_repeats_differ_is_judged_too) {
  const auto code_of = [&](double before, double after) {
    return code({{"class/3", "rel_rms", before}}, {{"class/3", "rel_rms", after}},
                CellStatus::nondeterministic);
  };
  EXPECT_EQ(code_of(1e-6, 2e-6), "no_regression");
  EXPECT_EQ(code_of(1e-6, 50), "drift_beyond_policy");
  EXPECT_EQ(code_of(1e-3, 50), "drift_grew");
}

TEST_F(DriftBefore, grows_also_beyond_a_limit_that_allows_nothing) {
  EXPECT_EQ(code({{"class/3", "nonfinite", 1}}, {{"class/3", "nonfinite", 2}}), "no_regression");
  EXPECT_EQ(code({{"class/3", "nonfinite", 1}}, {{"class/3", "nonfinite", 1e6}}), "drift_grew");
  policy_ = *parse_policy("[float32]\nmin_detections = 1.0\n", "p.toml");
  EXPECT_EQ(code({{"det", "detections_paired", 0.99}}, {{"det", "detections_paired", 0.98}}),
            "no_regression");
  EXPECT_EQ(code({{"det", "detections_paired", 0.99}}, {{"det", "detections_paired", 0}}),
            "drift_grew");
}

TEST_F(DriftBefore, of_an_output_that_was_not_finite_kept_no_limit) {
  EXPECT_EQ(code({{"class/3", "nonfinite", 4}, {"class/3", "rel_rms", 0}},
                 {{"class/3", "rel_rms", 1.5e-4}}),
            "no_regression");
}

}  // namespace
}  // namespace effgate
