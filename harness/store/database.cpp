#include "harness/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <limits>
#include <system_error>
#include <thread>

#include "harness/base/text.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyTimeoutMs = 10'000;

// A file is data of somebody else until it has proved to be ours: its schema may not call
// functions with side effects, and nothing may write the schema table itself.
constexpr const char* kConnectionSettings =
    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";

struct KindOfCode {
  int code;
  ErrorKind kind;
};

constexpr KindOfCode kKinds[] = {
    {SQLITE_NOTADB, ErrorKind::malformed},    {SQLITE_CORRUPT, ErrorKind::malformed},
    {SQLITE_BUSY, ErrorKind::timed_out},      {SQLITE_LOCKED, ErrorKind::timed_out},
    {SQLITE_NOMEM, ErrorKind::out_of_memory}, {SQLITE_CONSTRAINT, ErrorKind::bug},
    {SQLITE_MISUSE, ErrorKind::bug},          {SQLITE_RANGE, ErrorKind::bug},
    {SQLITE_ERROR, ErrorKind::bug},           {SQLITE_MISMATCH, ErrorKind::bug},
};

// Everything that is not in the table is the operating system's refusal: SQLITE_FULL, _IOERR,
// _READONLY, _PERM, _CANTOPEN.
ErrorKind kind_of(int code) {
  for (const KindOfCode& entry : kKinds)
    if (entry.code == (code & 0xff)) return entry.kind;
  return ErrorKind::io;
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Error sqlite_error(std::string_view activity, const fs::path& path, int code,
                   std::string_view why) {
  if ((code & 0xff) == SQLITE_NOTADB) why = "it is no SQLite database";
  Error error{kind_of(code), fmt::format("{} {}: {}", activity, path.string(), why)};
  if ((code & 0xff) == SQLITE_CORRUPT)
    error.next =
        fmt::format("sqlite3 {} .recover | sqlite3 recovered.db", shell_quoted(path.string()));
  if ((code & 0xff) == SQLITE_FULL)
    error.next = fmt::format("df -h {}", shell_quoted(folder_of(path).string()));
  return error;
}

// What SQLite calls a failed input or output, where a look at the path says more.
Status check_place(const fs::path& path, Database::Mode mode) {
  const auto refuse = [&](ErrorKind kind, const std::string& why, std::string next = "") -> Status {
    return Error{kind, fmt::format("opening database {}: {}", path.string(), why), std::move(next)};
  };
  std::error_code ignored;
  const fs::path folder = folder_of(path);
  const bool making = mode == Database::Mode::create;
  if (fs::is_directory(path, ignored)) return refuse(ErrorKind::io, "it is a folder, not a file");
  if (fs::exists(path, ignored)) {
    if (::access(path.c_str(), R_OK) != 0) return refuse(ErrorKind::io, "it may not be read");
    if (making && ::access(path.c_str(), W_OK) != 0)
      return refuse(ErrorKind::io, "it may not be written");
  } else if (!making) {
    return refuse(ErrorKind::not_found, "there is no such file",
                  "effgate run SUITE.toml --db " + shell_quoted(path.string()));
  } else if (!fs::is_directory(folder, ignored)) {
    return refuse(ErrorKind::io, "there is no folder " + folder.string(),
                  "mkdir -p " + shell_quoted(folder.string()));
  }
  if (making && ::access(folder.c_str(), W_OK) != 0)
    return refuse(ErrorKind::io, "the folder " + folder.string() + " may not be written");
  return success();
}

// A URI, because only it can say `immutable`. A relative path stays relative.
std::string uri_of(const fs::path& path, std::string_view query) {
  return "file:" + percent_encode(path.string(), "/") + "?" + std::string(query);
}

int open_connection(const std::string& uri, int flags, sqlite3** connection) {
  return sqlite3_open_v2(uri.c_str(), connection, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                         nullptr);
}

bool may_write(const fs::path& path) { return ::access(path.c_str(), W_OK) == 0; }

// Whether a writer is at work on the file, or has left something to be put in order.
bool has_journal(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path.string() + "-wal", ignored) ||
         fs::exists(path.string() + "-journal", ignored);
}

// Reading beside a writer takes an index file in the folder, and only who may write puts the
// journal of a killed writer in order. `immutable` does without both, where we cannot be the ones
// who write and nobody else seems to.
std::string_view query_of(const fs::path& path, Database::Mode mode) {
  if (mode == Database::Mode::create) return "mode=rwc";
  const bool writable = may_write(path) && may_write(folder_of(path));
  if (mode == Database::Mode::inspect && writable) return "mode=rw";
  return writable || has_journal(path) ? "mode=ro" : "mode=ro&immutable=1";
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(sqlite3* connection, fs::path path)
    : connection_(connection), path_(std::move(path)) {}

Result<Database> Database::open(const fs::path& path, Mode mode) {
  EFFGATE_TRY(check_place(path, mode));
  const std::string_view query = query_of(path, mode);
  const bool others_journal = has_journal(path);
  // The query narrows what the flags allow.
  const int flags =
      mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* connection = nullptr;
  const int code = open_connection(uri_of(path, query), flags, &connection);
  Database database(connection, path);
  if (code != SQLITE_OK) return sqlite_error("opening database", path, code, sqlite3_errstr(code));
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // A look moves nothing from a journal into a file that may be refused, and leaves none itself.
  if (mode == Mode::inspect && others_journal)
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  EFFGATE_TRY(database.execute(kConnectionSettings));
  return database;
}

Error Database::error(std::string_view activity) const {
  return sqlite_error(activity, path_, sqlite3_errcode(connection_.get()),
                      sqlite3_errmsg(connection_.get()));
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error("using database");
  return success();
}

// SQLite does not wait by itself for the lock that this takes.
Status Database::write_ahead() {
  constexpr int kStepMs = 20;
  for (int waited = 0;; waited += kStepMs) {
    Status changed = execute("PRAGMA journal_mode = WAL");
    if (changed.ok() || changed.error().kind != ErrorKind::timed_out || waited >= kBusyTimeoutMs)
      return changed;
    std::this_thread::sleep_for(std::chrono::milliseconds(kStepMs));
  }
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return error("using database");
  return Statement(statement, connection_.get(), path_);
}

Result<std::int64_t> Database::integer(std::string_view sql) const {
  EFFGATE_ASSIGN(Statement statement, prepare(sql));
  EFFGATE_ASSIGN(const bool found, statement.step());
  std::int64_t value = 0;
  if (found) statement.read(value);
  return value;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(connection_.get());
}

void Statement::begin_binding() {
  sqlite3_reset(statement_.get());
  parameter_ = 0;
  failure_ = SQLITE_OK;
}

void Statement::note(int code) {
  if (failure_ == SQLITE_OK) failure_ = code;
}

void Statement::bind_next(std::string_view value) {
  note(sqlite3_bind_text64(statement_.get(), ++parameter_, value.data(), value.size(),
                           SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_next(double value) {
  note(sqlite3_bind_double(statement_.get(), ++parameter_, value));
}

void Statement::bind_next(std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), ++parameter_, value));
}

void Statement::bind_next(const std::optional<double>& value) {
  if (value)
    bind_next(*value);
  else
    note(sqlite3_bind_null(statement_.get(), ++parameter_));
}

Result<bool> Statement::step() {
  column_ = 0;
  const int code = failure_ == SQLITE_OK ? sqlite3_step(statement_.get()) : failure_;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error("using database", path_, code, sqlite3_errmsg(connection_));
}

Status Statement::run() {
  EFFGATE_TRY(step());
  sqlite3_reset(statement_.get());
  return success();
}

void Statement::read_next(std::string& value) {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column_);
  const int bytes = sqlite3_column_bytes(statement_.get(), column_);
  value = text == nullptr ? std::string() : std::string(text, text + bytes);
  ++column_;
}

void Statement::read_next(double& value) {
  // SQLite keeps a NaN as NULL.
  const bool missing = sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL;
  value = missing ? std::numeric_limits<double>::quiet_NaN()
                  : sqlite3_column_double(statement_.get(), column_);
  ++column_;
}

void Statement::read_next(std::int64_t& value) {
  value = sqlite3_column_int64(statement_.get(), column_++);
}

void Statement::read_next(std::optional<double>& value) {
  if (sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL)
    value.reset();
  else
    value = sqlite3_column_double(statement_.get(), column_);
  ++column_;
}

Result<Transaction> Transaction::begin(Database& database) {
  EFFGATE_TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  if (state_ == State::open) roll_back();
}

Status Transaction::commit() {
  Status committed = database_->execute("COMMIT");
  if (committed.ok())
    state_ = State::committed;
  else
    roll_back();
  return committed;
}

void Transaction::roll_back() {
  // SQLite has rolled back by itself after a full disk or a failed write. A rollback that fails
  // leaves a journal that the next opening undoes.
  if (database_->in_transaction()) static_cast<void>(database_->execute("ROLLBACK"));
  state_ = State::rolled_back;
}

}  // namespace effgate
