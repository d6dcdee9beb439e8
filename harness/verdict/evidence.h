#pragma once

#include <vector>

#include "harness/base/result.h"
#include "harness/store/records.h"
#include "harness/store/store.h"

namespace effgate {

// All that a gate reads of one run.
struct RunEvidence {
  StoredRun run;
  std::vector<LibraryRecord> libraries;
  std::vector<FinishedCell> cells;  // in the suite's order
};

Result<RunEvidence> read_evidence(const Store& store, RunId run);

}  // namespace effgate
