#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/stats/interval.h"
#include "harness/store/records.h"

namespace effgate {

enum class Decision {
  open,          // nothing got worse
  closed,        // at least one regression that no waiver covers
  undecided,     // not enough evidence
  not_measured,  // something that was asked for could not be measured
};

std::string_view to_string(Decision decision);
// 0, 1, 4 and 3: the exit code of `gate`.
int exit_code(Decision decision);

// What a finding does to the decision. The first of closes, not_measured and undecides that any
// finding has is the decision.
enum class Weight {
  closes,
  not_measured,
  undecides,
  waived,  // would close, but for a waiver
  notes,
};

std::string_view to_string(Weight weight);

enum class FindingKind {
  status_worsened,
  drift_beyond_policy,
  drift_grew,
  detections_lost,
  nonfinite,
  slowdown,
  memory_growth,
  not_measured,  // the cell could not be measured on a side where it was asked for
  missing_cell,  // present or run on one side only
  no_common_cells,
  no_working_cell,  // nothing worked before, so nothing could break
  library_not_in_run,
  speed_not_decided,  // too few processes or samples
  unchanged,          // as bad as before
  improved,
  faster,
  no_limits,  // the policy has none for this dtype
  expired_waiver,
  unused_waiver,
};

std::string_view to_string(FindingKind kind);

// Who accepted a regression.
struct AppliedWaiver {
  std::string owner;
  std::string reason;
  std::string until;
};

struct Finding {
  FindingKind kind = FindingKind::unchanged;
  Weight weight = Weight::notes;
  std::string cell;  // stable name on the judged side, "" for the whole comparison
  std::string sentence;
  std::optional<double> value;
  std::optional<double> limit;
  std::optional<double> p_value;  // adjusted for all timed cells
  std::optional<Interval> interval;
  std::optional<AppliedWaiver> waiver;
  std::string next;  // what would decide or show it, a command; or ""
};

struct VerdictCounts {
  std::int64_t compared = 0;   // cells with a result on both sides
  std::int64_t unchanged = 0;  // of these: neither better nor worse in anything
  std::int64_t bit_equal = 0;  // of these: all outputs have the same bits
  std::int64_t timed = 0;      // of these: speed was decided
  std::int64_t regressions = 0;
  std::int64_t waived = 0;
};

// The answer of a gate and its proof.
struct Verdict {
  Decision decision = Decision::undecided;
  std::string code;      // of the finding that decided: its kind; "no_regression" where open
  std::string sentence;  // one, for a person
  std::vector<Finding> findings;  // those that decide first
  VerdictCounts counts;
};

}  // namespace effgate
