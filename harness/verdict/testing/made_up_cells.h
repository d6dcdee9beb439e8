#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "harness/verdict/gate.h"

namespace effgate {

inline constexpr std::string_view kOld = "torch-2.6.0";
inline constexpr std::string_view kNew = "torch-2.15.0";

inline constexpr std::string_view kPolicy = R"(
[float32]
max_rms = 1e-4
min_detections = 0.9
[gate]
max_slowdown = 0.10
max_memory_growth = 0.25
)";

inline constexpr std::string_view kWaiver = R"(
[[waiver]]
where = "d1"
reason = "known"
owner = "me"
until = 2026-03-31
)";

inline FinishedCell cell(std::string_view model, std::string_view library,
                         CellStatus status = CellStatus::pass) {
  FinishedCell made;
  made.cell.name = std::string(model) + "/" + std::string(library);
  made.cell.model = model;
  made.cell.library = library;
  made.cell.dtype = "float32";
  made.cell.status = status;
  made.cell.message = "What happened.";
  made.cell.reproduce = "effgate replay " + made.cell.name;
  made.cell.max_rss_bytes = 1'000'000'000;
  return made;
}

inline FinishedCell drifting(std::string_view model, std::string_view library, double rel_rms) {
  // The recorded status is of another policy and must not count.
  FinishedCell made = cell(model, library, rel_rms > 1 ? CellStatus::pass : CellStatus::drift);
  made.drift = {{"class/3", "rel_rms", rel_rms}, {"det", "detections_paired", 1}};
  return made;
}

// Three processes of four samples, with some scatter around `seconds`.
inline FinishedCell timed(std::string_view model, std::string_view library, double seconds) {
  FinishedCell made = cell(model, library);
  for (int restart = 0; restart < 3; ++restart)
    for (int sample = 0; sample < 4; ++sample)
      made.timing.push_back({"forward", restart, sample,
                             seconds * (1 + 0.002 * restart + 0.001 * sample), std::nullopt});
  return made;
}

inline RunEvidence run_of(std::vector<FinishedCell> cells) {
  RunEvidence run;
  run.run.id = RunId{5};
  run.cells = std::move(cells);
  return run;
}

// Judges cells that a test makes up, by kPolicy.
class JudgedCells : public testing::Test {
 protected:
  Verdict upgrade(std::vector<FinishedCell> cells) {
    return judge_upgrade(run_of(std::move(cells)), kOld, kNew, context());
  }
  Verdict against_baseline(std::vector<FinishedCell> before, std::vector<FinishedCell> after) {
    RunEvidence baseline = run_of(std::move(before));
    baseline.run.id = RunId{3};
    return judge_baseline(baseline, run_of(std::move(after)), context());
  }
  GateContext context() const {
    return {policy_,
            [this](std::size_t index, const CellRecord& record) {
              return policy_.waivers[index].where == record.model;
            },
            today_};
  }
  void waive() { policy_ = *parse_policy(std::string(kPolicy) + std::string(kWaiver), "p.toml"); }

  Policy policy_ = *parse_policy(kPolicy, "p.toml");
  std::string today_ = "2026-03-01";
};

inline const Finding* find(const Verdict& verdict, FindingKind kind) {
  const auto found = std::ranges::find(verdict.findings, kind, &Finding::kind);
  return found == verdict.findings.end() ? nullptr : &*found;
}

}  // namespace effgate
