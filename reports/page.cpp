#include "reports/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "reports/cell_figures.h"
#include "reports/limits_table.h"
#include "reports/load_failures.h"
#include "reports/matrix_table.h"
#include "reports/status_style.h"
#include "reports/templates.h"
#include "reports/timing_table.h"

namespace effgate {
namespace {

using kainjow::mustache::data;
using List = kainjow::mustache::list;

// Text for a template hole; the engine escapes it.
data text(std::string_view value) { return data(printable_utf8(value)); }

data object(std::initializer_list<std::pair<const char*, data>> members) {
  data result(data::type::object);
  for (const auto& [key, value] : members) result.set(key, value);
  return result;
}

data list_of(List items) {
  data result(data::type::list);
  for (data& item : items) result.push_back(std::move(item));
  return result;
}

data when(bool condition) {
  return data(condition ? data::type::bool_true : data::type::bool_false);
}

// The one figure that is worth its place in the matrix.
std::string figure_of(const ReportCell& cell) {
  if (const auto drift = largest_drift(cell))
    return *drift == 0 ? "equal to the truth" : fmt::format("drift {:.1e}", *drift);
  return cell.reason;
}

std::string time_of(const ReportCell& cell) {
  const auto median = median_forward(cell);
  return median ? seconds_text(*median) : std::string();
}

std::string tooltip_of(const ReportCell& cell) {
  return cell.message.empty() ? cell.name : cell.message;
}

List counts_of(const std::vector<ReportCell>& cells) {
  std::map<std::string_view, int> number;
  for (const ReportCell& cell : cells) ++number[style_of(cell.status).status];
  List counts;
  for (const StatusStyle& style : status_styles()) {
    if (number[style.status] == 0) continue;
    counts.push_back(object({{"class", text(class_of(style.tone))},
                             {"number", text(std::to_string(number[style.status]))},
                             {"label", text(style.status)}}));
  }
  return counts;
}

List legend_of(const std::vector<ReportCell>& cells) {
  List legend;
  for (const StatusStyle& style : status_styles()) {
    const bool used = std::any_of(cells.begin(), cells.end(), [&](const ReportCell& cell) {
      return style_of(cell.status).status == style.status;
    });
    if (!used) continue;
    legend.push_back(object({{"class", text(class_of(style.tone))},
                             {"mark", text(style.mark)},
                             {"status", text(style.status)},
                             {"meaning", text(style.meaning)}}));
  }
  return legend;
}

bool starts_library(const MatrixTable& table, std::size_t column) {
  return column == 0 || table.columns[column].library != table.columns[column - 1].library;
}

data matrix_cell(const ReportData& report, const MatrixTable& table, const MatrixTable::Row& row,
                 std::size_t column) {
  const std::size_t index = row.cells[column];
  const data first = when(starts_library(table, column));
  if (index == MatrixTable::kEmpty) return object({{"present", when(false)}, {"first", first}});
  const ReportCell& cell = report.cells[index];
  const StatusStyle& style = style_of(cell.status);
  return object({{"present", when(true)},
                 {"first", first},
                 {"class", text(class_of(style.tone))},
                 {"anchor", text(anchor_of(index))},
                 {"tooltip", text(tooltip_of(cell))},
                 {"mark", text(style.mark)},
                 {"status", text(cell.status)},
                 {"figure", text(figure_of(cell))},
                 {"time", text(time_of(cell))}});
}

void set_matrix(data& page, const ReportData& report) {
  const MatrixTable table = lay_out(report.cells);
  List libraries, columns, rows;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    columns.push_back(object(
        {{"dtype", text(table.columns[c].label)}, {"first", when(starts_library(table, c))}}));
    if (!starts_library(table, c)) continue;
    const auto span = std::count_if(table.columns.begin(), table.columns.end(),
                                    [&](const MatrixTable::Column& other) {
                                      return other.library == table.columns[c].library;
                                    });
    libraries.push_back(
        object({{"name", text(table.columns[c].library)}, {"span", text(std::to_string(span))}}));
  }
  for (const MatrixTable::Row& row : table.rows) {
    List cells;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      cells.push_back(matrix_cell(report, table, row, c));
    rows.push_back(object({{"model", text(row.model)},
                           {"checkpoint", text(row.checkpoint)},
                           {"axes", text(row.axes)},
                           {"cells", list_of(std::move(cells))}}));
  }
  page.set("libraries", list_of(std::move(libraries)));
  page.set("columns", list_of(std::move(columns)));
  page.set("rows", list_of(std::move(rows)));
}

List links_to(const std::vector<std::size_t>& cells, const ReportData& report) {
  List links;
  for (const std::size_t cell : cells) {
    links.push_back(object({{"anchor", text(anchor_of(cell))},
                            {"library", text(report.cells[cell].library)},
                            {"dtype", text(report.cells[cell].dtype)}}));
  }
  return links;
}

List causes_of(const std::vector<ReportCause>& causes) {
  List rows;
  for (const ReportCause& cause : causes) {
    List evidence;
    for (const std::string& line : cause.evidence)
      evidence.push_back(object({{"line", text(line)}}));
    rows.push_back(object({{"code", text(cause.code)},
                           {"severity", text(cause.severity)},
                           {"summary", text(cause.summary)},
                           {"evidence", list_of(std::move(evidence))},
                           {"has_fix", when(!cause.fix.empty())},
                           {"fix", text(cause.fix)}}));
  }
  return rows;
}

void set_failures(data& page, const ReportData& report) {
  List failures;
  for (const LoadFailure& failure : load_failures(report.cells)) {
    failures.push_back(object({{"checkpoint", text(failure.checkpoint)},
                               {"model", text(failure.model)},
                               {"cells", list_of(links_to(failure.cells, report))},
                               {"causes", list_of(causes_of(failure.causes))}}));
  }
  page.set("has_failures", when(!failures.empty()));
  page.set("failures", list_of(std::move(failures)));
}

// A dot's place on a strip 300 wide: restarts lie on rows of their own, top to bottom.
data dot(const TimingGroup& group, double seconds, std::size_t number) {
  constexpr double kWidth = 290, kMargin = 5;
  const double span = std::max(group.axis_high - group.axis_low, 1e-12);
  const double x = kMargin + kWidth * (seconds - group.axis_low) / span;
  return object(
      {{"x", text(fmt::format("{:.1f}", x))}, {"y", text(std::to_string(6 + 5 * (number % 3)))}});
}

data timing_line(const ReportData& report, const TimingGroup& group,
                 const TimingGroup::Line& line) {
  List dots;
  for (std::size_t i = 0; i < line.samples.size(); ++i)
    dots.push_back(dot(group, line.samples[i], i));
  const double span = std::max(group.axis_high - group.axis_low, 1e-12);
  const double median_x = 4 + 290 * (line.median - group.axis_low) / span;
  return object({{"anchor", text(anchor_of(line.cell))},
                 {"library", text(report.cells[line.cell].library)},
                 {"median", text(seconds_text(line.median))},
                 {"interval", text(seconds_text(line.low) + " – " + seconds_text(line.high))},
                 {"ratio", text(fmt::format("{:.2f}", line.ratio))},
                 {"samples", text(std::to_string(line.samples.size()))},
                 {"median_x", text(fmt::format("{:.1f}", median_x))},
                 {"dots", list_of(std::move(dots))}});
}

void set_timing(data& page, const ReportData& report) {
  List groups;
  for (const TimingGroup& group : timing_groups(report.cells)) {
    List lines;
    for (const TimingGroup::Line& line : group.lines)
      lines.push_back(timing_line(report, group, line));
    groups.push_back(
        object({{"title", text(group.title)},
                {"axis", text((group.axis_low == 0 ? "0" : seconds_text(group.axis_low)) + " to " +
                              seconds_text(group.axis_high))},
                {"lines", list_of(std::move(lines))}}));
  }
  page.set("has_timing", when(!groups.empty()));
  page.set("timing_groups", list_of(std::move(groups)));
}

// Outputs down, metrics across.
void set_drift(data& detail, const ReportCell& cell) {
  std::vector<std::string> taps, metrics;
  std::map<std::pair<std::string, std::string>, double> values;
  const auto remember = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const DriftValue& drift : cell.drift) {
    remember(taps, drift.tap);
    remember(metrics, drift.metric);
    values[{drift.tap, drift.metric}] = drift.value;
  }
  List heads, rows;
  for (const std::string& metric : metrics) heads.push_back(object({{"name", text(metric)}}));
  for (const std::string& tap : taps) {
    List row;
    for (const std::string& metric : metrics) {
      const auto found = values.find({tap, metric});
      row.push_back(
          object({{"value", text(found == values.end() ? "" : rounded_text(found->second, 4))}}));
    }
    rows.push_back(object({{"tap", text(tap)}, {"values", list_of(std::move(row))}}));
  }
  detail.set("has_drift", when(!rows.empty()));
  detail.set("metrics", list_of(std::move(heads)));
  detail.set("drift", list_of(std::move(rows)));
}

List facts_of(const ReportCell& cell) {
  List facts;
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) facts.push_back(object({{"key", text(key)}, {"value", text(value)}}));
  };
  add("checkpoint", cell.checkpoint);
  add("model", cell.model);
  add("library", cell.library);
  add("device, dtype, size", cell.device + ", " + cell.dtype + ", " + cell.size);
  add("further axes", cell.further);
  add("forward pass, median", time_of(cell));
  if (cell.seconds > 0) add("took", seconds_text(cell.seconds));
  if (cell.max_rss_bytes > 0) add("peak memory", bytes_text(cell.max_rss_bytes));
  return facts;
}

data detail_of(const ReportCell& cell, std::size_t index) {
  const StatusStyle& style = style_of(cell.status);
  data detail = object({{"anchor", text(anchor_of(index))},
                        {"status", text(cell.status)},
                        {"class", text(class_of(style.tone))},
                        {"mark", text(style.mark)},
                        {"name", text(cell.name)},
                        {"has_message", when(!cell.message.empty() || !cell.reason.empty())},
                        {"message", text(cell.message)},
                        {"has_output", when(!cell.output.empty())},
                        {"output", text(cell.output)},
                        {"reproduce", text(cell.reproduce)},
                        {"facts", list_of(facts_of(cell))}});
  if (!cell.reason.empty()) detail.set("reason", text(cell.reason));
  set_drift(detail, cell);
  return detail;
}

void set_details(data& page, const ReportData& report) {
  List details, filters;
  std::set<std::string> statuses;
  for (std::size_t i = 0; i < report.cells.size(); ++i) {
    details.push_back(detail_of(report.cells[i], i));
    statuses.insert(report.cells[i].status);
  }
  for (const std::string& status : statuses) filters.push_back(object({{"status", text(status)}}));
  page.set("details", list_of(std::move(details)));
  page.set("filters", list_of(std::move(filters)));
}

// Of all cells together: good where every one that was not left out is, mute where all were.
Tone tone_of(const std::vector<ReportCell>& cells) {
  Tone tone = Tone::mute;
  for (const ReportCell& cell : cells) {
    if (cell.status == "skipped") continue;
    if (style_of(cell.status).tone != Tone::good) return Tone::warn;
    tone = Tone::good;
  }
  return tone;
}

// Without a verdict the page still opens with what matters most.
ReportVerdict summary_of(const std::vector<ReportCell>& cells) {
  const auto good = std::ranges::count_if(
      cells, [](const ReportCell& cell) { return style_of(cell.status).tone == Tone::good; });
  return ReportVerdict{
      tone_of(cells), "", fmt::format("{} of {} cells pass", good, cells.size()), "", {}};
}

data finding_row(const ReportFinding& finding, const std::map<std::string, std::size_t>& index_of) {
  data row = object({{"what", text(finding.sentence)},
                     {"cell", text(finding.cell)},
                     {"value", text(finding.value)},
                     {"limit", text(finding.limit)}});
  const auto found = index_of.find(finding.cell);
  if (found != index_of.end()) row.set("anchor", text(anchor_of(found->second)));
  return row;
}

// What decided each verdict; of one that was open there is nothing to tell.
List decisions_of(const ReportData& report) {
  std::map<std::string, std::size_t> index_of;
  for (std::size_t i = 0; i < report.cells.size(); ++i) index_of[report.cells[i].name] = i;
  List decisions;
  for (const ReportVerdict& verdict : report.verdicts) {
    if (verdict.findings.empty()) continue;
    List findings;
    for (const ReportFinding& finding : verdict.findings)
      findings.push_back(finding_row(finding, index_of));
    decisions.push_back(object({{"several", when(report.verdicts.size() > 1)},
                                {"comparison", text(verdict.comparison)},
                                {"findings", list_of(std::move(findings))}}));
  }
  return decisions;
}

// The worst verdict heads the page; each of the others has a line.
void set_verdicts(data& page, const ReportData& report) {
  const ReportVerdict head =
      report.verdicts.empty() ? summary_of(report.cells) : report.verdicts.front();
  page.set("verdict_class", text(class_of(head.tone)));
  page.set("verdict_mark", text(mark_of(head.tone)));
  page.set("headline", text(head.headline));
  page.set("has_sentence", when(!head.sentence.empty()));
  page.set("sentence", text(head.sentence));
  List others;
  for (std::size_t i = 1; i < report.verdicts.size(); ++i) {
    const ReportVerdict& verdict = report.verdicts[i];
    others.push_back(object({{"class", text(class_of(verdict.tone))},
                             {"mark", text(mark_of(verdict.tone))},
                             {"verdict", text(verdict.headline)},
                             {"why", text(verdict.sentence)}}));
  }
  page.set("others", list_of(std::move(others)));
  page.set("decisions", list_of(decisions_of(report)));
}

void set_limits(data& page, const ReportData& report) {
  const LimitsTable table = limits_table(report);
  List rows;
  for (const LimitRow& row : table.rows) {
    rows.push_back(object({{"dtype", text(row.dtype)},
                           {"rms", text(row.rms)},
                           {"largest", text(row.largest)},
                           {"detections", text(row.detections)}}));
  }
  page.set("has_limits", when(!rows.empty()));
  page.set("has_verdict", when(!report.verdicts.empty()));
  page.set("limits", list_of(std::move(rows)));
  page.set("gate_limits", text(table.gate));
}

void set_conditions(data& page, const ReportData& report) {
  List libraries, conditions;
  for (const ReportLibrary& library : report.libraries) {
    libraries.push_back(object({{"name", text(library.name)},
                                {"version", text(library.version)},
                                {"path", text(library.path)},
                                {"has_build", when(!library.build.empty())},
                                {"build", text(library.build)}}));
  }
  for (const auto& [key, value] : report.conditions)
    conditions.push_back(object({{"key", text(key)}, {"value", text(value)}}));
  page.set("library_facts", list_of(std::move(libraries)));
  page.set("conditions", list_of(std::move(conditions)));
  page.set("has_policy", when(!report.policy.empty()));
  page.set("policy", text(report.policy));
}

}  // namespace

Result<std::string> render_page(const ReportData& report) {
  kainjow::mustache::mustache page_template(std::string(report_template("report.html")));
  if (!page_template.is_valid())
    return Error{ErrorKind::bug, "reading the page's template: " + page_template.error_message()};
  data page(data::type::object);
  page.set("title", text("effgate: " + report.suite));
  page.set("suite", text(report.suite));
  page.set("started", text(report.started));
  page.set("program_version", text(report.program_version));
  page.set("style", data(std::string(report_template("report.css"))));
  page.set("script", data(std::string(report_template("report.js"))));
  page.set("counts", list_of(counts_of(report.cells)));
  page.set("legend", list_of(legend_of(report.cells)));
  set_verdicts(page, report);
  set_matrix(page, report);
  set_failures(page, report);
  set_timing(page, report);
  set_limits(page, report);
  set_details(page, report);
  set_conditions(page, report);
  return page_template.render(page);
}

}  // namespace effgate
