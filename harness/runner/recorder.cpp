#include "harness/runner/recorder.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace effgate {
namespace {

constexpr const char* kNotReached = "not_reached";

// The newest run of this suite and shard, where it has not ended.
const StoredRun* unfinished_run(const std::vector<StoredRun>& runs, const RunRecord& wanted) {
  const auto newest = std::find_if(runs.rbegin(), runs.rend(), [&](const StoredRun& stored) {
    const RunRecord& known = stored.run;
    return known.suite_sha256 == wanted.suite_sha256 && known.shard == wanted.shard &&
           known.shards == wanted.shards;
  });
  return newest == runs.rend() || !newest->run.finished.empty() ? nullptr : &*newest;
}

// The cells of one run are judged by one policy.
Error other_policy(const StoredRun& begun, const RunRecord& wanted) {
  return Error{ErrorKind::usage,
               fmt::format("resuming run {} of suite {}: the policy has changed since it began",
                           static_cast<std::int64_t>(begun.id), wanted.suite),
               wanted.arguments};
}

RunRecord record_of(const Suite& suite, const RunOptions& options) {
  RunRecord record = options.run;
  record.suite = suite.name;
  record.suite_sha256 = suite.sha256;
  record.started_epoch = epoch_now();
  record.started = utc_text(record.started_epoch);
  return record;
}

Result<RunId> begin_or_resume(const RunRecord& record, bool resume, Store& store) {
  if (resume) {
    EFFGATE_ASSIGN(const std::vector<StoredRun> runs, store.runs());
    if (const StoredRun* begun = unfinished_run(runs, record)) {
      if (begun->run.policy_sha256 != record.policy_sha256) return other_policy(*begun, record);
      return begun->id;
    }
  }
  return store.begin_run(record);
}

bool not_reached(const StoredCell& stored) {
  return stored.cell.status == CellStatus::not_run && stored.cell.reason == kNotReached;
}

}  // namespace

std::string utc_text(double epoch_seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(epoch_seconds)));
}

double epoch_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

CellRecord planned_record(const Cell& cell, const RunOptions& options) {
  CellRecord record;
  record.name = cell.name;
  record.checkpoint = cell.checkpoint;
  record.model = cell.model;
  record.library = cell.library;
  record.version = cell.version;
  record.device = cell.device;
  record.dtype = cell.dtype;
  record.size = cell.size;
  record.input = cell.input;
  record.loader = cell.loader;
  record.batch = cell.integer("batch");
  record.further = further_suffix(cell);
  record.threads = cell.integer("threads");
  record.status = cell.skip ? CellStatus::skipped : CellStatus::not_run;
  record.reason = cell.skip ? cell.skip->reason : kNotReached;
  record.message = cell.skip ? cell.skip->message : "the run ended before it";
  record.reproduce = options.reproduce(cell);
  return record;
}

Result<Recorder> Recorder::open(const Suite& suite, const std::vector<Cell>& cells,
                                const RunOptions& options, Store& store) {
  Recorder recorder(options, store);
  EFFGATE_ASSIGN(recorder.run_, begin_or_resume(record_of(suite, options), options.resume, store));
  EFFGATE_ASSIGN(recorder.claim_, RunClaim::take(store.path(), recorder.run_));
  std::vector<CellRecord> planned;
  for (const Cell& cell : cells) planned.push_back(planned_record(cell, options));
  EFFGATE_TRY(store.plan_cells(recorder.run_, planned));
  EFFGATE_ASSIGN(const std::vector<std::string> finished, store.finished_cells(recorder.run_));
  recorder.finished_.insert(finished.begin(), finished.end());
  // A skipped cell is finished by being planned.
  for (const Cell& cell : cells) {
    if (cell.skip) recorder.finished_.erase(cell.name);
  }
  return recorder;
}

Status Recorder::record(const FinishedCell& cell) {
  auto recorded = store_->record_cell(run_, cell);
  if (recorded.ok()) return success();
  return std::move(recorded).error().while_doing("recording " + cell.cell.name);
}

Status Recorder::record_library(const std::string& name, const IdentityRecord& identity) {
  if (!libraries_.insert(name).second) return success();
  LibraryRecord record;
  record.name = name;
  record.version = identity.version;
  record.path = identity.path;
  record.build_config = identity.build_config;
  for (const RunLibrary& library : options_->libraries) {
    if (library.name != name) continue;
    record.abi = library.abi;
    record.file_hashes = library.file_hashes;
  }
  return store_->record_library(run_, record);
}

Status Recorder::finish() {
  EFFGATE_ASSIGN(const std::vector<StoredCell> cells, store_->cells(run_));
  if (std::ranges::any_of(cells, not_reached)) return success();
  const double now = epoch_now();
  return store_->finish_run(run_, utc_text(now), now);
}

}  // namespace effgate
