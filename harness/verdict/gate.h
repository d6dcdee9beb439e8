#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/store/records.h"
#include "harness/store/store.h"
#include "harness/verdict/policy.h"
#include "harness/verdict/verdict.h"

namespace effgate {

// All that a gate reads of one run.
struct RunEvidence {
  StoredRun run;
  std::vector<LibraryRecord> libraries;
  std::vector<FinishedCell> cells;  // in the suite's order
};

Result<RunEvidence> read_evidence(const Store& store, RunId run);

// Whether the waiver `policy.waivers[index]` speaks of a cell. The language of `where` is the
// matrix's, so the caller compiles it.
using WaiverMatcher = std::function<bool(std::size_t index, const CellRecord& cell)>;

struct GateContext {
  const Policy& policy;
  WaiverMatcher waives;  // empty: no waiver matches
  std::string today;     // YYYY-MM-DD, UTC
};

// Judges moving from one library to another within a run. METHOD.md says how.
Verdict judge_upgrade(const RunEvidence& run, std::string_view from_library,
                      std::string_view to_library, const GateContext& context);

// Judges a run against an earlier one of the same suite.
Verdict judge_baseline(const RunEvidence& baseline, const RunEvidence& run,
                       const GateContext& context);

// The verdict as the store keeps it; `decided` fields are the caller's.
VerdictRecord to_record(const Verdict& verdict, const Policy& policy, RunId base_run, RunId run,
                        std::string_view from_library, std::string_view to_library);

}  // namespace effgate
