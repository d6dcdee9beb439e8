#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/suite.h"
#include "harness/process/stop.h"
#include "harness/runner/ending.h"
#include "harness/runner/launcher.h"
#include "harness/runner/observer.h"
#include "harness/runner/preparation.h"
#include "harness/store/records.h"
#include "harness/store/store.h"

namespace effgate {

// A library that cells can be run on, as the catalogue knows it.
struct RunLibrary {
  std::string name;
  std::string version;
  std::string adapter;  // what effgate-cell takes
  std::string abi;
  std::string file_hashes;  // "SHA256  PATH" lines
};

// Says pass, drift or nonfinite from what was measured.
using CellJudge = std::function<CellEnding(const Cell& cell, std::span<const DriftRow> drift)>;

// Says why a cell whose record is complete but for its causes did not load, first what to undo
// first; `file` is its checkpoint.
using CauseFinder =
    std::function<std::vector<CauseRow>(const CellRecord& cell, const std::filesystem::path& file)>;

struct RunOptions {
  PreparationPlaces places;
  std::vector<RunLibrary> libraries;
  // Cells at the same time; timed ones run alone whatever it says.
  int jobs = 1;
  // Go on with the newest run of the same suite and shard, where it is unfinished.
  bool resume = false;
  // Everything but suite, its hash and the times, which the runner fills in.
  RunRecord run;
  CellJudge judge;
  CauseFinder find_causes;  // may be empty: no causes are recorded then
  std::function<std::string(const Cell& cell)> reproduce;  // the command that runs a cell again
  const StopRequest* stop = nullptr;
};

struct RunSummary {
  RunId run{};
  std::map<CellStatus, std::size_t> counts;  // of all cells of the run
  std::size_t resumed = 0;                   // cells that an earlier start had finished
  bool interrupted = false;                  // --resume goes on
};

// Runs every cell and records each as soon as it has ended. Errors of the database or the disk end
// the run (kind io and the store's own), as does one to be resumed under another policy (usage)
// or beside its living owner (refused);
// what was recorded before stays. Whatever becomes of a
// cell is no error but its status.
Result<RunSummary> run_cells(const Suite& suite, const std::vector<Cell>& cells,
                             const RunOptions& options, Store& store, Launcher& launcher,
                             RunObserver& observer);

}  // namespace effgate
