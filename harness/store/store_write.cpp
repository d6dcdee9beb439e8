#include <fmt/format.h>

#include <string_view>
#include <unordered_set>

#include "harness/store/columns.h"
#include "harness/store/store.h"

namespace effgate {
namespace {

Status one_row_changed(const Database& database, std::string_view what) {
  EFFGATE_ASSIGN(const std::int64_t changed, database.integer("SELECT changes()"));
  if (changed == 1) return success();
  return Error{ErrorKind::not_found,
               fmt::format("using database {}: there is no {}", database.path().string(), what)};
}

std::string run_text(RunId run) { return fmt::format("run {}", static_cast<std::int64_t>(run)); }

std::string cell_insert() {
  return insert_sql("cell", fmt::format("run, status, position, {}", kCellColumns));
}

Status insert_cell(Statement& insert, RunId run, std::int64_t position, const CellRecord& cell) {
  return bind_members(insert, cell_members(cell), run, to_string(cell.status), position).run();
}

// The position after the last cell of the run.
Result<std::int64_t> next_position(const Database& database, RunId run) {
  EFFGATE_ASSIGN(Statement query,
                 database.prepare("SELECT coalesce(max(position) + 1, 0) FROM cell WHERE run = ?"));
  EFFGATE_TRY(query.bind(run).step());
  std::int64_t position = 0;
  query.read(position);
  return position;
}

// Whether these are all cells that the run has.
Result<bool> has_no_other_cell(const Database& database, RunId run,
                               std::span<const CellRecord> cells) {
  std::unordered_set<std::string_view> names;
  for (const CellRecord& cell : cells) names.insert(cell.name);
  EFFGATE_ASSIGN(Statement query, database.prepare("SELECT name FROM cell WHERE run = ?"));
  query.bind(run);
  while (true) {
    EFFGATE_ASSIGN(const bool found, query.step());
    if (!found) return true;
    std::string name;
    query.read(name);
    if (!names.contains(name)) return false;
  }
}

Result<CellId> upsert_cell(const Database& database, RunId run, const CellRecord& cell) {
  EFFGATE_ASSIGN(const std::int64_t position, next_position(database, run));
  EFFGATE_ASSIGN(
      Statement upsert,
      database.prepare(cell_insert() +
                       " ON CONFLICT (run, name) DO UPDATE SET status = excluded.status, " +
                       excluded_sql(kCellColumns) + " RETURNING id"));
  bind_members(upsert, cell_members(cell), run, to_string(cell.status), position);
  EFFGATE_TRY(upsert.step());
  CellId id{};
  upsert.read(id);
  EFFGATE_TRY(upsert.run());
  return id;
}

template <typename Row>
Status replace_rows(const Database& database, std::string_view table, std::string_view columns,
                    CellId cell, const std::vector<Row>& rows) {
  EFFGATE_ASSIGN(Statement remove,
                 database.prepare(fmt::format("DELETE FROM {} WHERE cell = ?", table)));
  EFFGATE_TRY(remove.bind(cell).run());
  EFFGATE_ASSIGN(Statement insert,
                 database.prepare(insert_sql(table, fmt::format("cell, {}", columns))));
  for (const Row& row : rows) EFFGATE_TRY(bind_members(insert, row_members(row), cell).run());
  return success();
}

Status insert_items(const Database& database, std::int64_t verdict,
                    const std::vector<VerdictItem>& items) {
  EFFGATE_ASSIGN(Statement insert,
                 database.prepare(insert_sql(
                     "verdict_item", fmt::format("verdict, position, {}", kVerdictItemColumns))));
  std::int64_t position = 0;
  for (const VerdictItem& item : items)
    EFFGATE_TRY(bind_members(insert, verdict_item_members(item), verdict, position++).run());
  return success();
}

}  // namespace

Result<RunId> Store::begin_run(const RunRecord& run) {
  EFFGATE_ASSIGN(Statement insert, database_.prepare(insert_sql("run", kRunColumns)));
  EFFGATE_TRY(bind_members(insert, run_members(run)).run());
  return RunId{database_.last_insert_id()};
}

Status Store::plan_cells(RunId run, std::span<const CellRecord> cells) {
  EFFGATE_ASSIGN(Transaction transaction, Transaction::begin(database_));
  EFFGATE_ASSIGN(const bool all, has_no_other_cell(database_, run, cells));
  EFFGATE_ASSIGN(std::int64_t position,
                 all ? Result<std::int64_t>(0) : next_position(database_, run));
  EFFGATE_ASSIGN(Statement insert,
                 database_.prepare(cell_insert() + " ON CONFLICT (run, name) DO " +
                                   (all ? "UPDATE SET position = excluded.position" : "NOTHING")));
  for (const CellRecord& cell : cells) EFFGATE_TRY(insert_cell(insert, run, position++, cell));
  return transaction.commit();
}

Result<CellId> Store::record_cell(RunId run, const FinishedCell& finished) {
  EFFGATE_ASSIGN(Transaction transaction, Transaction::begin(database_));
  EFFGATE_ASSIGN(const CellId id, upsert_cell(database_, run, finished.cell));
  EFFGATE_TRY(replace_rows(database_, "drift", kDriftColumns, id, finished.drift));
  EFFGATE_TRY(
      replace_rows(database_, "fingerprint", kFingerprintColumns, id, finished.fingerprints));
  EFFGATE_TRY(replace_rows(database_, "timing", kTimingColumns, id, finished.timing));
  EFFGATE_TRY(replace_rows(database_, "cause", kCauseColumns, id, finished.causes));
  EFFGATE_TRY(transaction.commit());
  return id;
}

Status Store::record_library(RunId run, const LibraryRecord& library) {
  EFFGATE_ASSIGN(
      Statement upsert,
      database_.prepare(insert_sql("library", fmt::format("run, {}", kLibraryColumns)) +
                        " ON CONFLICT (run, name) DO UPDATE SET " + excluded_sql(kLibraryColumns)));
  return bind_members(upsert, library_members(library), run).run();
}

Status Store::finish_run(RunId run, std::string_view finished, double finished_epoch) {
  EFFGATE_ASSIGN(Statement update,
                 database_.prepare("UPDATE run SET finished = ?, finished_epoch = ? WHERE id = ?"));
  EFFGATE_TRY(update.bind(finished, finished_epoch, run).run());
  return one_row_changed(database_, run_text(run));
}

Status Store::record_verdict(const VerdictRecord& verdict) {
  EFFGATE_ASSIGN(Transaction transaction, Transaction::begin(database_));
  EFFGATE_ASSIGN(Statement insert, database_.prepare(insert_sql("verdict", kVerdictColumns)));
  EFFGATE_TRY(bind_members(insert, verdict_members(verdict)).run());
  EFFGATE_TRY(insert_items(database_, database_.last_insert_id(), verdict.items));
  return transaction.commit();
}

Status Store::set_baseline(std::string_view name, RunId run) {
  EFFGATE_TRY(this->run(run));
  EFFGATE_ASSIGN(Statement upsert,
                 database_.prepare("INSERT INTO baseline (name, run) VALUES (?, ?) "
                                   "ON CONFLICT (name) DO UPDATE SET run = excluded.run"));
  return upsert.bind(name, run).run();
}

}  // namespace effgate
