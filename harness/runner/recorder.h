#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/suite.h"
#include "harness/runner/run_claim.h"
#include "harness/runner/runner.h"
#include "harness/store/records.h"
#include "harness/store/store.h"

namespace effgate {

// Writes one run into the database.
class Recorder {
 public:
  // Begins a run, or takes up the newest of this suite where it is unfinished and `options.resume`
  // says so, and plans every cell in it. A usage error: it was begun under another policy; refused:
  // another process is at work on it.
  static Result<Recorder> open(const Suite& suite, const std::vector<Cell>& cells,
                               const RunOptions& options, Store& store);

  RunId run() const { return run_; }
  bool is_finished(const std::string& cell) const { return finished_.contains(cell); }
  std::size_t already_finished() const { return finished_.size(); }

  Status record(const FinishedCell& cell);
  // What a process said that it had really loaded; recorded once for each library.
  Status record_library(const std::string& name, const IdentityRecord& identity);
  // The run goes on where it has cells that no start has reached.
  Status finish();

 private:
  Recorder(const RunOptions& options, Store& store) : options_(&options), store_(&store) {}

  const RunOptions* options_;
  Store* store_;
  RunId run_{};
  RunClaim claim_;
  std::set<std::string> finished_;
  std::set<std::string> libraries_;
};

// The record of a cell that has not been measured.
CellRecord planned_record(const Cell& cell, const RunOptions& options);

// "2026-03-01T02:03:04Z"
std::string utc_text(double epoch_seconds);
double epoch_now();

}  // namespace effgate
