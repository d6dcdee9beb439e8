#include "harness/store/store.h"

#include <fmt/format.h>

#include <system_error>

#include "harness/base/text.h"
#include "harness/store/schema.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

enum class Content { fresh, ours };

Error foreign(const fs::path& path) {
  return Error{ErrorKind::malformed,
               fmt::format("opening database {}: it belongs to another program", path.string())};
}

Error nothing_recorded(const fs::path& path) {
  return Error{ErrorKind::malformed,
               fmt::format("opening database {}: nothing is recorded in it", path.string()),
               "effgate run SUITE.toml --db " + shell_quoted(path.string())};
}

Error wrong_version(const fs::path& path, std::int64_t version) {
  const std::string_view why = version > kStoreVersion
                                   ? "a newer effgate wrote it"
                                   : "it has to be opened for writing once to be migrated";
  return Error{ErrorKind::unsupported,
               fmt::format("opening database {}: it has schema version {} and this program reads "
                           "version {}; {}",
                           path.string(), version, kStoreVersion, why)};
}

// Read in one transaction: another process may be making the file.
Result<Content> content_of(Database& database) {
  EFFGATE_TRY(database.execute("BEGIN"));
  EFFGATE_ASSIGN(const std::int64_t application, database.integer("PRAGMA application_id"));
  EFFGATE_ASSIGN(const std::int64_t version, database.integer("PRAGMA user_version"));
  EFFGATE_ASSIGN(const std::int64_t objects,
                 database.integer("SELECT count(*) FROM sqlite_schema"));
  EFFGATE_TRY(database.execute("COMMIT"));
  if (application == 0 && version == 0 && objects == 0) return Content::fresh;
  if (application != kStoreApplicationId) return foreign(database.path());
  if (version > kStoreVersion) return wrong_version(database.path(), version);
  return Content::ours;
}

// Looked at before anything is set or written, so that a file that is refused stays as it is.
Status refuse_unless_ours(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return success();
  EFFGATE_ASSIGN(Database database, Database::open(path, Database::Mode::inspect));
  EFFGATE_TRY(content_of(database));
  return success();
}

}  // namespace

Result<Store> Store::create_or_open(const fs::path& path) {
  EFFGATE_TRY(refuse_unless_ours(path));
  EFFGATE_ASSIGN(Database database, Database::open(path, Database::Mode::create));
  EFFGATE_TRY(database.execute("PRAGMA synchronous = NORMAL"));
  EFFGATE_TRY(migrate(database, store_migrations(), store_views()));
  EFFGATE_TRY(database.write_ahead());
  return Store(std::move(database));
}

Result<Store> Store::open_read_only(const fs::path& path) {
  EFFGATE_TRY(refuse_unless_ours(path));
  EFFGATE_ASSIGN(Database database, Database::open(path, Database::Mode::read_only));
  EFFGATE_ASSIGN(const Content content, content_of(database));
  if (content == Content::fresh) return nothing_recorded(path);
  EFFGATE_ASSIGN(const std::int64_t version, database.integer("PRAGMA user_version"));
  if (version != kStoreVersion) return wrong_version(path, version);
  return Store(std::move(database));
}

}  // namespace effgate
