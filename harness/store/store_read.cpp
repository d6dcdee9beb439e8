#include <fmt/format.h>

#include "harness/base/text.h"
#include "harness/store/columns.h"
#include "harness/store/store.h"

namespace effgate {
namespace {

Error missing(const Database& database, std::string_view what) {
  return Error{ErrorKind::not_found,
               fmt::format("reading database {}: there is no {}", database.path().string(), what),
               "effgate run SUITE.toml --db " + shell_quoted(database.path().string())};
}

Error no_baseline(const Store& store, const std::filesystem::path& path, std::string_view name) {
  const auto names = store.baseline_names();
  std::string hint = "; `effgate bless` has named no run yet";
  if (names.ok() && !names->empty()) hint = did_you_mean(name, *names);
  if (hint.empty()) hint = "; there are " + join(*names, ", ");
  return Error{
      ErrorKind::not_found,
      fmt::format("reading database {}: there is no baseline '{}'{}", path.string(), name, hint),
      fmt::format("effgate bless --db {} {}", shell_quoted(path.string()), shell_quoted(name))};
}

// Every row of a bound statement, made into a value by `read`.
template <typename Value, typename Read>
Result<std::vector<Value>> all_rows(Statement& statement, const Read& read) {
  std::vector<Value> values;
  while (true) {
    EFFGATE_ASSIGN(const bool found, statement.step());
    if (!found) return values;
    EFFGATE_ASSIGN(Value value, read(statement));
    values.push_back(std::move(value));
  }
}

Result<StoredRun> read_run(Statement& row) {
  StoredRun stored;
  row.read(stored.id);
  read_members(row, run_members(stored.run));
  return stored;
}

Result<StoredCell> read_cell(Statement& row) {
  StoredCell stored;
  std::string status;
  row.read(stored.id, status);
  read_members(row, cell_members(stored.cell));
  const auto known = cell_status_from_string(status);
  if (!known)
    return Error{ErrorKind::malformed, fmt::format("reading cell {}: \"{}\" is no cell status",
                                                   stored.cell.name, status)};
  stored.cell.status = *known;
  return stored;
}

Result<std::string> read_text(Statement& row) {
  std::string text;
  row.read(text);
  return text;
}

template <typename Row>
Result<std::vector<Row>> rows_of_cell(const Database& database, std::string_view table,
                                      std::string_view columns, CellId cell) {
  EFFGATE_ASSIGN(Statement query,
                 database.prepare(fmt::format("SELECT {1} FROM {0} WHERE cell = ? ORDER BY {1}",
                                              table, columns)));
  query.bind(cell);
  return all_rows<Row>(query, [](Statement& row) -> Result<Row> {
    Row value;
    read_members(row, row_members(value));
    return value;
  });
}

// The order of the primary key, so that nothing is sorted.
template <typename Row>
Result<std::map<CellId, std::vector<Row>>> rows_of_run(const Database& database,
                                                       std::string_view table,
                                                       std::string_view columns, RunId run) {
  EFFGATE_ASSIGN(Statement query,
                 database.prepare(fmt::format("SELECT cell, {1} FROM {0} WHERE cell IN (SELECT id "
                                              "FROM cell WHERE run = ?) ORDER BY cell, {1}",
                                              table, columns)));
  query.bind(run);
  std::map<CellId, std::vector<Row>> rows;
  while (true) {
    EFFGATE_ASSIGN(const bool found, query.step());
    if (!found) return rows;
    CellId cell{};
    Row value;
    query.read(cell);
    read_members(query, row_members(value));
    rows[cell].push_back(std::move(value));
  }
}

Result<std::vector<VerdictItem>> items_of(const Database& database, std::int64_t verdict) {
  EFFGATE_ASSIGN(
      Statement query,
      database.prepare(fmt::format(
          "SELECT {} FROM verdict_item WHERE verdict = ? ORDER BY position", kVerdictItemColumns)));
  query.bind(verdict);
  return all_rows<VerdictItem>(query, [](Statement& row) -> Result<VerdictItem> {
    VerdictItem item;
    read_members(row, verdict_item_members(item));
    return item;
  });
}

Result<std::vector<StoredRun>> runs_where(const Database& database, std::string_view rest,
                                          RunId id) {
  EFFGATE_ASSIGN(Statement query,
                 database.prepare(fmt::format("SELECT id, {} FROM run {}", kRunColumns, rest)));
  if (id != RunId{}) query.bind(id);
  return all_rows<StoredRun>(query, read_run);
}

}  // namespace

Result<std::vector<StoredRun>> Store::runs() const {
  return runs_where(database_, "ORDER BY id", RunId{});
}

Result<StoredRun> Store::run(RunId id) const {
  EFFGATE_ASSIGN(std::vector<StoredRun> found, runs_where(database_, "WHERE id = ?", id));
  if (!found.empty()) return std::move(found.front());
  EFFGATE_ASSIGN(const std::int64_t newest, database_.integer("SELECT max(id) FROM run"));
  return missing(database_,
                 fmt::format("run {}{}", static_cast<std::int64_t>(id),
                             newest == 0 ? "" : fmt::format("; the newest is {}", newest)));
}

Result<StoredRun> Store::latest_run() const {
  EFFGATE_ASSIGN(std::vector<StoredRun> found,
                 runs_where(database_, "ORDER BY id DESC LIMIT 1", RunId{}));
  if (found.empty()) return missing(database_, "run");
  return std::move(found.front());
}

Result<RunId> Store::baseline(std::string_view name) const {
  EFFGATE_ASSIGN(Statement query, database_.prepare("SELECT run FROM baseline WHERE name = ?"));
  EFFGATE_ASSIGN(const bool found, query.bind(name).step());
  if (!found) return no_baseline(*this, database_.path(), name);
  RunId run{};
  query.read(run);
  return run;
}

Result<std::vector<std::string>> Store::baseline_names() const {
  EFFGATE_ASSIGN(Statement query, database_.prepare("SELECT name FROM baseline ORDER BY name"));
  return all_rows<std::string>(query, read_text);
}

Result<std::vector<StoredCell>> Store::cells(RunId run) const {
  EFFGATE_ASSIGN(Statement query,
                 database_.prepare(fmt::format("SELECT id, status, {} FROM cell WHERE run = ? "
                                               "ORDER BY position, id",
                                               kCellColumns)));
  query.bind(run);
  return all_rows<StoredCell>(query, read_cell);
}

Result<std::vector<std::string>> Store::finished_cells(RunId run) const {
  EFFGATE_ASSIGN(Statement query,
                 database_.prepare("SELECT name FROM cell WHERE run = ? AND status <> ? "
                                   "ORDER BY position, id"));
  query.bind(run, to_string(CellStatus::not_run));
  return all_rows<std::string>(query, read_text);
}

Result<std::vector<LibraryRecord>> Store::libraries(RunId run) const {
  EFFGATE_ASSIGN(Statement query,
                 database_.prepare(fmt::format("SELECT {} FROM library WHERE run = ? ORDER BY name",
                                               kLibraryColumns)));
  query.bind(run);
  return all_rows<LibraryRecord>(query, [](Statement& row) -> Result<LibraryRecord> {
    LibraryRecord library;
    read_members(row, library_members(library));
    return library;
  });
}

Result<std::vector<VerdictRecord>> Store::verdicts() const {
  EFFGATE_ASSIGN(Statement query, database_.prepare(fmt::format(
                                      "SELECT id, {} FROM verdict ORDER BY id", kVerdictColumns)));
  return all_rows<VerdictRecord>(query, [this](Statement& row) -> Result<VerdictRecord> {
    VerdictRecord verdict;
    std::int64_t id = 0;
    row.read(id);
    read_members(row, verdict_members(verdict));
    EFFGATE_ASSIGN(verdict.items, items_of(database_, id));
    return verdict;
  });
}

Result<std::vector<DriftRow>> Store::drift(CellId cell) const {
  return rows_of_cell<DriftRow>(database_, "drift", kDriftColumns, cell);
}

Result<std::vector<FingerprintRow>> Store::fingerprints(CellId cell) const {
  return rows_of_cell<FingerprintRow>(database_, "fingerprint", kFingerprintColumns, cell);
}

Result<std::vector<TimingRow>> Store::timing(CellId cell) const {
  return rows_of_cell<TimingRow>(database_, "timing", kTimingColumns, cell);
}

Result<std::vector<CauseRow>> Store::causes(CellId cell) const {
  return rows_of_cell<CauseRow>(database_, "cause", kCauseColumns, cell);
}

Result<std::map<CellId, std::vector<DriftRow>>> Store::drift_of_run(RunId run) const {
  return rows_of_run<DriftRow>(database_, "drift", kDriftColumns, run);
}

Result<std::map<CellId, std::vector<FingerprintRow>>> Store::fingerprints_of_run(RunId run) const {
  return rows_of_run<FingerprintRow>(database_, "fingerprint", kFingerprintColumns, run);
}

Result<std::map<CellId, std::vector<TimingRow>>> Store::timing_of_run(RunId run) const {
  return rows_of_run<TimingRow>(database_, "timing", kTimingColumns, run);
}

Result<std::map<CellId, std::vector<CauseRow>>> Store::causes_of_run(RunId run) const {
  return rows_of_run<CauseRow>(database_, "cause", kCauseColumns, run);
}

}  // namespace effgate
