#include "reports/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/base/counted.h"
#include "harness/base/text.h"
#include "harness/base/version.h"

namespace effgate {
namespace {

struct VerdictLook {
  std::string_view verdict;
  Tone tone;
  std::string_view headline;
};

// The worst first.
constexpr VerdictLook kVerdictLooks[] = {
    {"closed", Tone::bad, "The gate is closed"},
    {"not_measured", Tone::warn, "It could not be measured"},
    {"undecided", Tone::warn, "Not enough evidence to decide"},
    {"open", Tone::good, "The gate is open"},
};

const VerdictLook* look_of(const VerdictRecord& verdict) {
  return std::ranges::find(kVerdictLooks, verdict.verdict, &VerdictLook::verdict);
}

ReportCell report_cell(const CellRecord& record) {
  ReportCell cell;
  cell.name = record.name;
  cell.checkpoint = record.checkpoint;
  cell.model = record.model;
  cell.library = record.library;
  cell.device = record.device;
  cell.dtype = record.dtype;
  cell.size = record.size;
  cell.further = record.further;
  cell.status = to_string(record.status);
  cell.reason = record.reason;
  cell.message = record.message;
  cell.reproduce = record.reproduce;
  cell.output = record.stderr_tail;
  cell.seconds = record.seconds;
  cell.max_rss_bytes = static_cast<std::uint64_t>(record.max_rss_bytes);
  return cell;
}

ReportCause report_cause(const CauseRow& row) {
  ReportCause cause{row.code, row.severity, row.summary, {}, row.fix};
  if (!row.evidence.empty()) cause.evidence = split(row.evidence, '\n');
  return cause;
}

void add_rows(ReportCell& cell, const std::vector<DriftRow>& drift,
              const std::vector<TimingRow>& timing, const std::vector<CauseRow>& causes) {
  for (const DriftRow& row : drift) cell.drift.push_back({row.tap, row.metric, row.value});
  for (const TimingRow& row : timing)
    cell.timing.push_back({row.phase, row.restart, row.seconds, row.device_seconds});
  for (const CauseRow& row : causes) cell.causes.push_back(report_cause(row));
}

// What both sides of every comparison on the page have in common.
std::vector<std::pair<std::string, std::string>> conditions_of(const RunRecord& run) {
  std::vector<std::pair<std::string, std::string>> conditions{
      {"suite", run.suite + " (SHA-256 " + run.suite_sha256 + ")"},
      {"started", run.started},
      {"finished", run.finished.empty() ? "interrupted" : run.finished},
      {"command", run.arguments},
      {"program", "effgate " + run.program_version + " " + run.program_revision},
      {"machine", fmt::format("{}: {}, {}, {}", run.host.name, run.host.cpu_model,
                              counted(run.host.cores, "core"),
                              bytes_text(static_cast<std::uint64_t>(run.host.memory_bytes)))},
      {"kernel", run.host.kernel},
      {"policy", "SHA-256 " + run.policy_sha256},
  };
  if (run.shards > 1)
    conditions.emplace_back("shard", fmt::format("{} of {}", run.shard + 1, run.shards));
  return conditions;
}

std::string number_or_nothing(const std::optional<double>& value) {
  return value ? rounded_text(*value, 4) : std::string();
}

template <typename Rows>
const typename Rows::mapped_type& rows_of(const Rows& rows, CellId id) {
  static const typename Rows::mapped_type kNone;
  const auto found = rows.find(id);
  return found == rows.end() ? kNone : found->second;
}

// Cells that differ in nothing but the library change places among themselves until the versions
// rise; the suite's order stays otherwise.
void order_libraries(std::vector<ReportCell>& cells) {
  using Rest =
      std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>;
  std::map<Rest, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const ReportCell& cell = cells[i];
    groups[{cell.model, cell.checkpoint, cell.device, cell.dtype, cell.size, cell.further}]
        .push_back(i);
  }
  for (const auto& [rest, places] : groups) {
    std::vector<ReportCell> group;
    for (const std::size_t place : places) group.push_back(std::move(cells[place]));
    std::stable_sort(group.begin(), group.end(), [](const auto& a, const auto& b) {
      return library_name_less(a.library, b.library);
    });
    for (std::size_t i = 0; i < places.size(); ++i) cells[places[i]] = std::move(group[i]);
  }
}

Status add_cells(ReportData& report, const Store& store, RunId run) {
  EFFGATE_ASSIGN(const auto cells, store.cells(run));
  EFFGATE_ASSIGN(const auto drift, store.drift_of_run(run));
  EFFGATE_ASSIGN(const auto timing, store.timing_of_run(run));
  EFFGATE_ASSIGN(const auto causes, store.causes_of_run(run));
  for (const StoredCell& stored : cells) {
    ReportCell cell = report_cell(stored.cell);
    add_rows(cell, rows_of(drift, stored.id), rows_of(timing, stored.id),
             rows_of(causes, stored.id));
    report.cells.push_back(std::move(cell));
  }
  order_libraries(report.cells);
  return success();
}

// When a run ended, or the last of its cells where it has not. What was decided before was decided
// on less than the run holds now.
Result<double> settled_epoch(const Store& store, RunId id) {
  EFFGATE_ASSIGN(const StoredRun stored, store.run(id));
  if (!stored.run.finished.empty()) return stored.run.finished_epoch;
  EFFGATE_ASSIGN(const auto cells, store.cells(id));
  double settled = 0;
  for (const StoredCell& stored_cell : cells)
    settled = std::max(settled, stored_cell.cell.started_epoch + stored_cell.cell.seconds);
  return settled;
}

// The newest verdict of each comparison that the run and what it was compared with have not
// outgrown, the worst first.
Result<std::vector<VerdictRecord>> standing_verdicts(const Store& store, RunId id) {
  EFFGATE_ASSIGN(const auto recorded, store.verdicts());
  std::map<std::tuple<RunId, std::string, std::string>, VerdictRecord> newest;
  for (const VerdictRecord& verdict : recorded) {
    if (verdict.run != id) continue;
    newest[{verdict.base_run, verdict.from_library, verdict.to_library}] = verdict;
  }
  EFFGATE_ASSIGN(const double settled, settled_epoch(store, id));
  std::vector<VerdictRecord> standing;
  for (auto& [comparison, verdict] : newest) {
    EFFGATE_ASSIGN(const double base_settled, settled_epoch(store, verdict.base_run));
    if (verdict.decided_epoch >= std::max(settled, base_settled))
      standing.push_back(std::move(verdict));
  }
  std::ranges::stable_sort(standing, {}, look_of);
  return standing;
}

std::string comparison_of(const VerdictRecord& verdict) {
  return verdict.from_library.empty()
             ? fmt::format("against run {}", static_cast<std::int64_t>(verdict.base_run))
             : fmt::format("{} → {}", verdict.from_library, verdict.to_library);
}

}  // namespace

ReportVerdict report_verdict(const VerdictRecord& verdict) {
  ReportVerdict result;
  const VerdictLook* look = look_of(verdict);
  const bool known = look != std::end(kVerdictLooks);
  if (known) result.tone = look->tone;
  result.comparison = comparison_of(verdict);
  result.headline =
      fmt::format("{}: {}", known ? look->headline : verdict.verdict, result.comparison);
  result.sentence = verdict.sentence;
  for (const VerdictItem& item : verdict.items) {
    if (item.weight == "notes") continue;
    const std::string waived = item.weight == "waived" ? " (waived)" : "";
    result.findings.push_back({item.weight, item.sentence + waived, item.cell,
                               number_or_nothing(item.value), number_or_nothing(item.limit)});
  }
  return result;
}

Result<ReportData> load_report(const Store& store, RunId id) {
  EFFGATE_ASSIGN(const StoredRun stored, store.run(id));
  const RunRecord& run = stored.run;
  ReportData report;
  report.suite = run.suite;
  report.started = run.started;
  report.program_version = run.program_version;
  report.policy = run.policy_text;
  report.conditions = conditions_of(run);
  EFFGATE_ASSIGN(const auto libraries, store.libraries(id));
  for (const LibraryRecord& library : libraries)
    report.libraries.push_back({library.name, library.version, library.path, library.build_config});
  std::stable_sort(report.libraries.begin(), report.libraries.end(),
                   [](const auto& a, const auto& b) { return library_name_less(a.name, b.name); });
  EFFGATE_TRY(add_cells(report, store, id));
  EFFGATE_ASSIGN(const auto verdicts, standing_verdicts(store, id));
  for (const VerdictRecord& verdict : verdicts) report.verdicts.push_back(report_verdict(verdict));
  if (!verdicts.empty() && !verdicts.front().policy_text.empty())
    report.policy = verdicts.front().policy_text;
  return report;
}

}  // namespace effgate
