#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/store/database.h"
#include "harness/store/records.h"

namespace effgate {

// `application_id` of the files: the letters EFGT.
inline constexpr std::int32_t kStoreApplicationId = 0x45464754;
// `user_version` that this program writes; files of an older one are migrated when they are opened
// for writing.
inline constexpr std::int32_t kStoreVersion = 2;

// The database of runs. One object is used by one thread; any number of processes may read while
// one writes, and a writer waits for another for some seconds.
//
// Errors: not_found (no such file, run or cell), malformed (not a database, or another program's),
// unsupported (a newer or, for reading only, an older version; the file stays untouched), timed_out
// (another process kept it locked), io (disk full, permissions). A failed call changes nothing, and
// what was recorded before stays.
class Store {
 public:
  // Makes the file where there is none or an empty one.
  static Result<Store> create_or_open(const std::filesystem::path& path);
  static Result<Store> open_read_only(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return database_.path(); }

  // --- writing; each call is one transaction -----------------------------------------------------

  Result<RunId> begin_run(const RunRecord& run);
  // Cells of a run as not_run or skipped, in the suite's order, before any is measured. Cells that
  // the run has already keep their record, and their place where these are not all of them.
  Status plan_cells(RunId run, std::span<const CellRecord> cells);
  // The final record of a cell, with all its rows; replaces an earlier record of that name.
  Result<CellId> record_cell(RunId run, const FinishedCell& finished);
  // Replaces an earlier record of that library in the run.
  Status record_library(RunId run, const LibraryRecord& library);
  Status finish_run(RunId run, std::string_view finished, double finished_epoch);
  Status record_verdict(const VerdictRecord& verdict);
  // Names a run, for later comparisons; the name then means this run only.
  Status set_baseline(std::string_view name, RunId run);

  // --- reading -----------------------------------------------------------------------------------

  // Oldest first.
  Result<std::vector<StoredRun>> runs() const;
  Result<StoredRun> run(RunId id) const;
  // The newest; not_found where there is none.
  Result<StoredRun> latest_run() const;
  Result<RunId> baseline(std::string_view name) const;
  Result<std::vector<std::string>> baseline_names() const;
  // In the suite's order.
  Result<std::vector<StoredCell>> cells(RunId run) const;
  // The names of cells that have a status other than not_run: what --resume leaves alone.
  Result<std::vector<std::string>> finished_cells(RunId run) const;
  Result<std::vector<LibraryRecord>> libraries(RunId run) const;
  Result<std::vector<VerdictRecord>> verdicts() const;

  Result<std::vector<DriftRow>> drift(CellId cell) const;
  Result<std::vector<FingerprintRow>> fingerprints(CellId cell) const;
  // By phase, restart and sample.
  Result<std::vector<TimingRow>> timing(CellId cell) const;
  // In the order in which to undo them.
  Result<std::vector<CauseRow>> causes(CellId cell) const;
  // The same for a whole run in one pass; cells without rows are not in the map.
  Result<std::map<CellId, std::vector<DriftRow>>> drift_of_run(RunId run) const;
  Result<std::map<CellId, std::vector<FingerprintRow>>> fingerprints_of_run(RunId run) const;
  Result<std::map<CellId, std::vector<TimingRow>>> timing_of_run(RunId run) const;
  Result<std::map<CellId, std::vector<CauseRow>>> causes_of_run(RunId run) const;

 private:
  explicit Store(Database database) : database_(std::move(database)) {}

  Database database_;
};

}  // namespace effgate
