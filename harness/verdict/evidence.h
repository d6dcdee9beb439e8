#pragma once

#include <string>
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

// The libraries that have cells in the run, by version.
std::vector<std::string> library_names(const RunEvidence& run);

Result<RunEvidence> read_evidence(const Store& store, RunId run);

}  // namespace effgate
