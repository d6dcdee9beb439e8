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

constexpr VerdictLook kVerdictLooks[] = {
    {"open", Tone::good, "The gate is open"},
    {"closed", Tone::bad, "The gate is closed"},
    {"undecided", Tone::warn, "Not enough evidence to decide"},
    {"not_measured", Tone::warn, "It could not be measured"},
};

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

}  // namespace

ReportVerdict report_verdict(const VerdictRecord& verdict) {
  ReportVerdict result;
  result.headline = verdict.verdict;
  for (const VerdictLook& look : kVerdictLooks) {
    if (look.verdict != verdict.verdict) continue;
    result.tone = look.tone;
    result.headline = look.headline;
  }
  if (!verdict.from_library.empty())
    result.headline += fmt::format(": {} → {}", verdict.from_library, verdict.to_library);
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
  EFFGATE_ASSIGN(const auto verdicts, store.verdicts());
  for (const VerdictRecord& verdict : verdicts) {
    if (verdict.run != id) continue;
    report.verdict = report_verdict(verdict);
    if (!verdict.policy_text.empty()) report.policy = verdict.policy_text;
  }
  return report;
}

}  // namespace effgate
