#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "harness/store/database.h"
#include "harness/store/records.h"

namespace effgate {

// For each kind of record the columns that hold it and, in the same order, its members. Writing and
// reading both go by these, so that they cannot part. Record may be const.

inline constexpr std::string_view kRunColumns =
    "suite, suite_sha256, policy_text, policy_sha256, program_version, program_revision, host, "
    "cpu_model, cores, memory_bytes, kernel, arguments, shard, shards, started, started_epoch, "
    "finished, finished_epoch";
template <typename Record>
auto run_members(Record& run) {
  return std::tie(run.suite, run.suite_sha256, run.policy_text, run.policy_sha256,
                  run.program_version, run.program_revision, run.host.name, run.host.cpu_model,
                  run.host.cores, run.host.memory_bytes, run.host.kernel, run.arguments, run.shard,
                  run.shards, run.started, run.started_epoch, run.finished, run.finished_epoch);
}

inline constexpr std::string_view kLibraryColumns =
    "name, version, path, abi, build_config, file_hashes";
template <typename Record>
auto library_members(Record& library) {
  return std::tie(library.name, library.version, library.path, library.abi, library.build_config,
                  library.file_hashes);
}

// All but the status, which is kept by its name.
inline constexpr std::string_view kCellColumns =
    "name, checkpoint, checkpoint_sha256, model, library, version, device, dtype, size, input, "
    "loader, batch, further, threads, environment, reason, message, reproduce, seconds, "
    "max_rss_bytes, stderr_tail, started_epoch";
template <typename Record>
auto cell_members(Record& cell) {
  return std::tie(cell.name, cell.checkpoint, cell.checkpoint_sha256, cell.model, cell.library,
                  cell.version, cell.device, cell.dtype, cell.size, cell.input, cell.loader,
                  cell.batch, cell.further, cell.threads, cell.environment, cell.reason,
                  cell.message, cell.reproduce, cell.seconds, cell.max_rss_bytes, cell.stderr_tail,
                  cell.started_epoch);
}

inline constexpr std::string_view kDriftColumns = "tap, metric, value";
inline constexpr std::string_view kFingerprintColumns = "tap, xxhash64";
inline constexpr std::string_view kTimingColumns =
    "phase, restart, sample, seconds, device_seconds";
inline constexpr std::string_view kCauseColumns =
    "position, code, severity, summary, evidence, fix";
template <typename Record>
auto row_members(Record& row)
  requires std::is_same_v<std::remove_const_t<Record>, CauseRow>
{
  return std::tie(row.position, row.code, row.severity, row.summary, row.evidence, row.fix);
}
template <typename Record>
auto row_members(Record& row)
  requires std::is_same_v<std::remove_const_t<Record>, DriftRow>
{
  return std::tie(row.tap, row.metric, row.value);
}
template <typename Record>
auto row_members(Record& row)
  requires std::is_same_v<std::remove_const_t<Record>, FingerprintRow>
{
  return std::tie(row.tap, row.xxhash64);
}
template <typename Record>
auto row_members(Record& row)
  requires std::is_same_v<std::remove_const_t<Record>, TimingRow>
{
  return std::tie(row.phase, row.restart, row.sample, row.seconds, row.device_seconds);
}

inline constexpr std::string_view kVerdictColumns =
    "base_run, run, from_library, to_library, policy_sha256, policy_text, verdict, code, sentence, "
    "decided, decided_epoch";
template <typename Record>
auto verdict_members(Record& verdict) {
  return std::tie(verdict.base_run, verdict.run, verdict.from_library, verdict.to_library,
                  verdict.policy_sha256, verdict.policy_text, verdict.verdict, verdict.code,
                  verdict.sentence, verdict.decided, verdict.decided_epoch);
}

inline constexpr std::string_view kVerdictItemColumns =
    "cell, kind, weight, sentence, value, limit_value, p_value";
template <typename Record>
auto verdict_item_members(Record& item) {
  return std::tie(item.cell, item.kind, item.weight, item.sentence, item.value, item.limit,
                  item.p_value);
}

// "INSERT INTO table (columns) VALUES (?, …)".
std::string insert_sql(std::string_view table, std::string_view columns);

// "name = excluded.name, …": what an upsert overwrites.
std::string excluded_sql(std::string_view columns);

// Binds `first`, then every member.
template <typename Members, typename... First>
Statement& bind_members(Statement& statement, const Members& members, const First&... first) {
  return std::apply(
      [&](const auto&... member) -> Statement& { return statement.bind(first..., member...); },
      members);
}

// Reads the next columns into the members.
template <typename Members>
void read_members(Statement& statement, const Members& members) {
  std::apply([&](auto&... member) { statement.read(member...); }, members);
}

}  // namespace effgate
