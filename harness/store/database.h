#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "harness/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace effgate {

class Statement;

// One connection to a SQLite file. Error kinds are those of Store.
class Database {
 public:
  enum class Mode {
    create,     // read and write; makes the file
    read_only,  // leaves the content as it is; the file must be there
    inspect,  // the same for one look: leaves no files beside it, undoes what a killed writer left
  };

  static Result<Database> open(const std::filesystem::path& path, Mode mode);

  // One statement, or a script of several without results.
  Status execute(const std::string& sql);
  // Lets others read while this one writes, from now on and for every connection.
  Status write_ahead();
  // The statement must not outlive the connection; moving the Database is fine.
  Result<Statement> prepare(std::string_view sql) const;
  // The value of a PRAGMA, or of a query that gives one integer.
  Result<std::int64_t> integer(std::string_view sql) const;
  std::int64_t last_insert_id() const;
  bool in_transaction() const;

  const std::filesystem::path& path() const { return path_; }
  // What SQLite says about the call that just failed: "ACTIVITY PATH: WHY".
  Error error(std::string_view activity) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };

  Database(sqlite3* connection, std::filesystem::path path);

  std::unique_ptr<sqlite3, Close> connection_;
  std::filesystem::path path_;
};

// A prepared statement. Parameters are bound in order; columns are read in order.
class Statement {
 public:
  // Resets the statement and binds ?1, ?2, … . Texts are copied. A failure is reported by the next
  // step().
  template <typename... Values>
  Statement& bind(const Values&... values) {
    begin_binding();
    (bind_next(values), ...);
    return *this;
  }

  // Goes to the next row; false after the last one.
  Result<bool> step();
  // For statements without rows.
  Status run();

  // The next columns of the present row. A text column that is NULL reads as "".
  template <typename... Values>
  void read(Values&... values) {
    (read_next(values), ...);
  }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  Statement(sqlite3_stmt* statement, sqlite3* connection, std::filesystem::path path)
      : statement_(statement), connection_(connection), path_(std::move(path)) {}

  void begin_binding();
  void note(int code);
  void bind_next(std::string_view value);
  void bind_next(const std::string& value) { bind_next(std::string_view(value)); }
  void bind_next(double value);
  void bind_next(std::int64_t value);
  void bind_next(const std::optional<double>& value);
  template <typename Id>
    requires std::is_enum_v<Id>
  void bind_next(Id id) {
    bind_next(static_cast<std::int64_t>(id));
  }

  void read_next(std::string& value);
  void read_next(double& value);
  void read_next(std::int64_t& value);
  void read_next(std::optional<double>& value);
  template <typename Id>
    requires std::is_enum_v<Id>
  void read_next(Id& id) {
    std::int64_t number = 0;
    read_next(number);
    id = static_cast<Id>(number);
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  sqlite3* connection_;
  std::filesystem::path path_;
  int parameter_ = 0;
  int column_ = 0;
  int failure_ = 0;
};

// What happens within it happens as a whole or not at all. It begins with write access, so that it
// cannot fail halfway for want of a lock.
class Transaction {
 public:
  enum class State { open, committed, rolled_back };

  static Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept
      : database_(other.database_), state_(std::exchange(other.state_, State::rolled_back)) {}
  Transaction& operator=(Transaction&&) = delete;

  // A failed commit leaves the transaction rolled back.
  Status commit();
  State state() const { return state_; }

 private:
  explicit Transaction(Database* database) : database_(database) {}
  void roll_back();

  Database* database_;
  State state_ = State::open;
};

}  // namespace effgate
