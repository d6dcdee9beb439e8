#pragma once

#include <string>
#include <string_view>

#include "harness/store/records.h"
#include "harness/verdict/evidence.h"
#include "harness/verdict/policy.h"
#include "harness/verdict/verdict.h"
#include "harness/verdict/waivers.h"

namespace effgate {

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
