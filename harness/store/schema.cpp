#include "harness/store/schema.h"

#include <fmt/format.h>

#include <array>

#include "harness/store/store.h"

namespace effgate {
namespace {

// Statuses are a table, so that a later version adds one with a row. Doubles that may be NaN are
// nullable: SQLite keeps NaN as NULL.
constexpr const char* kFirstTables = R"sql(
CREATE TABLE status (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO status (name) VALUES
  ('pass'), ('drift'), ('nonfinite'), ('load_mismatch'), ('load_refused'), ('unreadable'),
  ('unsafe'), ('unsupported'), ('nondeterministic'), ('library_error'), ('crash'), ('timeout'),
  ('oom'), ('library_missing'), ('skipped'), ('not_run'), ('error');

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  suite TEXT NOT NULL,
  suite_sha256 TEXT NOT NULL,
  policy_text TEXT NOT NULL,
  policy_sha256 TEXT NOT NULL,
  program_version TEXT NOT NULL,
  program_revision TEXT NOT NULL,
  host TEXT NOT NULL,
  cpu_model TEXT NOT NULL,
  cores INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  kernel TEXT NOT NULL,
  arguments TEXT NOT NULL,
  shard INTEGER NOT NULL CHECK (shard >= 0 AND shard < shards),
  shards INTEGER NOT NULL CHECK (shards >= 1),
  started TEXT NOT NULL,
  started_epoch REAL NOT NULL,
  finished TEXT NOT NULL,
  finished_epoch REAL NOT NULL
) STRICT;

CREATE TABLE baseline (
  name TEXT PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE library (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  path TEXT NOT NULL,
  abi TEXT NOT NULL,
  build_config TEXT NOT NULL,
  file_hashes TEXT NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE cell (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL CHECK (name <> ''),
  checkpoint TEXT NOT NULL,
  checkpoint_sha256 TEXT NOT NULL,
  model TEXT NOT NULL,
  library TEXT NOT NULL,
  version TEXT NOT NULL,
  device TEXT NOT NULL,
  dtype TEXT NOT NULL,
  size TEXT NOT NULL,
  input TEXT NOT NULL,
  loader TEXT NOT NULL,
  batch INTEGER NOT NULL,
  further TEXT NOT NULL,
  threads INTEGER NOT NULL,
  environment TEXT NOT NULL,
  status TEXT NOT NULL REFERENCES status (name),
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  reproduce TEXT NOT NULL,
  seconds REAL NOT NULL CHECK (seconds >= 0),
  max_rss_bytes INTEGER NOT NULL CHECK (max_rss_bytes >= 0),
  stderr_tail TEXT NOT NULL,
  started_epoch REAL NOT NULL,
  UNIQUE (run, name)
) STRICT;
CREATE INDEX cell_by_name ON cell (name, run);
CREATE INDEX cell_by_position ON cell (run, position);

CREATE TABLE drift (
  cell INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  tap TEXT NOT NULL,
  metric TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (cell, tap, metric)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprint (
  cell INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  tap TEXT NOT NULL,
  xxhash64 TEXT NOT NULL CHECK (length(xxhash64) = 16),
  PRIMARY KEY (cell, tap)
) STRICT, WITHOUT ROWID;

CREATE TABLE timing (
  cell INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  phase TEXT NOT NULL,
  restart INTEGER NOT NULL CHECK (restart >= 0),
  sample INTEGER NOT NULL CHECK (sample >= 0),
  seconds REAL NOT NULL CHECK (seconds >= 0),
  device_seconds REAL CHECK (device_seconds >= 0),
  PRIMARY KEY (cell, phase, restart, sample)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  base_run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  from_library TEXT NOT NULL,
  to_library TEXT NOT NULL,
  policy_sha256 TEXT NOT NULL,
  policy_text TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('open', 'closed', 'undecided', 'not_measured')),
  code TEXT NOT NULL,
  sentence TEXT NOT NULL,
  decided TEXT NOT NULL,
  decided_epoch REAL NOT NULL
) STRICT;

CREATE TABLE verdict_item (
  verdict INTEGER NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  cell TEXT NOT NULL,
  kind TEXT NOT NULL,
  weight TEXT NOT NULL
    CHECK (weight IN ('closes', 'not_measured', 'undecides', 'waived', 'notes')),
  sentence TEXT NOT NULL,
  value REAL,
  limit_value REAL,
  p_value REAL,
  PRIMARY KEY (verdict, position)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kCauseTable = R"sql(
CREATE TABLE cause (
  cell INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  code TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('blocks', 'changes', 'note')),
  summary TEXT NOT NULL,
  evidence TEXT NOT NULL,
  fix TEXT NOT NULL,
  PRIMARY KEY (cell, position)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<Migration, kStoreVersion> kMigrations = {{
    {1, kFirstTables},
    {2, kCauseTable},
}};

// The contract's columns come first, in its order; `cell` is the stable name everywhere.
constexpr const char* kViews = R"sql(
DROP VIEW IF EXISTS v_run;
CREATE VIEW v_run AS
SELECT id AS run, suite, started, finished, program_version, program_revision, host, cpu_model,
       cores, memory_bytes, kernel, arguments, shard, shards, suite_sha256, policy_sha256,
       started_epoch, finished_epoch,
       (SELECT count(*) FROM cell WHERE cell.run = run.id) AS cells
FROM run;

DROP VIEW IF EXISTS v_cell;
CREATE VIEW v_cell AS
SELECT run, checkpoint, model, library, version, device, dtype, threads, status, reason, message,
       seconds, name AS cell, size, input, loader, batch, further, checkpoint_sha256,
       max_rss_bytes, environment, reproduce, stderr_tail, started_epoch, position
FROM cell;

DROP VIEW IF EXISTS v_drift;
CREATE VIEW v_drift AS
SELECT cell.name AS cell, tap, metric, value, cell.run AS run
FROM drift JOIN cell ON cell.id = drift.cell;

DROP VIEW IF EXISTS v_fingerprint;
CREATE VIEW v_fingerprint AS
SELECT cell.name AS cell, tap, xxhash64, cell.run AS run
FROM fingerprint JOIN cell ON cell.id = fingerprint.cell;

DROP VIEW IF EXISTS v_timing;
CREATE VIEW v_timing AS
SELECT cell.name AS cell, phase, sample, timing.seconds AS seconds, device_seconds, restart,
       cell.run AS run
FROM timing JOIN cell ON cell.id = timing.cell;

DROP VIEW IF EXISTS v_cause;
CREATE VIEW v_cause AS
SELECT cell.name AS cell, code, severity, summary, evidence, fix, cause.position AS position,
       cell.run AS run
FROM cause JOIN cell ON cell.id = cause.cell;

DROP VIEW IF EXISTS v_library;
CREATE VIEW v_library AS
SELECT run, name AS library, version, path, abi, build_config, file_hashes FROM library;

DROP VIEW IF EXISTS v_verdict;
CREATE VIEW v_verdict AS
SELECT id AS verdict_id, verdict, code, sentence, base_run, run, from_library, to_library,
       policy_sha256, decided, decided_epoch
FROM verdict;

DROP VIEW IF EXISTS v_verdict_item;
CREATE VIEW v_verdict_item AS
SELECT verdict AS verdict_id, cell, kind, weight, sentence, value, limit_value, p_value
FROM verdict_item ORDER BY verdict, position;
)sql";

Result<std::int64_t> version_of(const Database& database) {
  return database.integer("PRAGMA user_version");
}

// Does nothing where another process has taken the step while this one waited.
Status take_step(Database& database, const Migration& step, const char* views) {
  EFFGATE_ASSIGN(Transaction transaction, Transaction::begin(database));
  EFFGATE_ASSIGN(const std::int64_t version, version_of(database));
  if (version >= step.to) return success();
  EFFGATE_TRY(database.execute(step.sql));
  EFFGATE_TRY(database.execute(views));
  EFFGATE_TRY(database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                           kStoreApplicationId, step.to)));
  return transaction.commit();
}

}  // namespace

std::span<const Migration> store_migrations() { return kMigrations; }
const char* store_views() { return kViews; }

Status migrate(Database& database, std::span<const Migration> steps, const char* views) {
  EFFGATE_ASSIGN(const std::int64_t version, version_of(database));
  for (const Migration& step : steps) {
    if (version >= step.to) continue;
    const bool last = &step == &steps.back();
    EFFGATE_TRY(take_step(database, step, last ? views : ""));
  }
  return success();
}

}  // namespace effgate
