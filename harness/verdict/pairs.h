#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/verdict/evidence.h"
#include "harness/verdict/policy.h"

namespace effgate {

// What can be said of a cell on one side of a comparison.
enum class Standing {
  works,         // its outputs keep the policy
  fails,         // it was measured, and something is wrong with it
  not_measured,  // it was asked for, and the library or effgate failed
  left_out,      // the suite skips it
  absent,        // never reached, or not in the suite
};

// One cell on one side. The status is judged anew from the recorded drift.
struct Side {
  const FinishedCell* cell = nullptr;  // null where the side has no such cell
  CellStatus status = CellStatus::not_run;
  Standing standing = Standing::absent;
};

// Whether it was measured, whatever came of it.
inline bool has_result(const Side& side) {
  return side.standing == Standing::works || side.standing == Standing::fails;
}

// The same cell before and after.
struct CellPair {
  Side from;
  Side to;

  // The cell that findings are about: the judged one, or the earlier where there is none.
  const CellRecord& subject() const { return (to.cell ? to.cell : from.cell)->cell; }
};

// What the sides are called in sentences.
struct SideNames {
  std::string from;  // torch-2.6.0, the baseline
  std::string to;    // torch-2.15.0, this run
};

// pass, drift and nonfinite follow from the drift rows and the policy, where there are any;
// everything else is a fact of the run.
CellStatus judged_status(const Policy& policy, const FinishedCell& cell);

// Cells of one library with the cells of another that differ in nothing else, in the run's order.
std::vector<CellPair> pair_libraries(const RunEvidence& run, std::string_view from_library,
                                     std::string_view to_library, const Policy& policy);

// Cells of the same name in two runs, in the judged run's order, then what only the baseline has.
std::vector<CellPair> pair_runs(const RunEvidence& baseline, const RunEvidence& run,
                                const Policy& policy);

}  // namespace effgate
