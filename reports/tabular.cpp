#include "reports/tabular.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/base/text.h"
#include "reports/cell_figures.h"
#include "reports/markdown.h"

namespace effgate {
namespace {

using Json = nlohmann::ordered_json;

std::string number_or_nothing(const std::optional<double>& value) {
  return value ? number_text(*value) : std::string();
}

// A column is its name and how it is read off a cell.
struct Column {
  std::string_view name;
  std::string (*value)(const ReportCell&);
};

constexpr std::array kColumns = {
    Column{"cell", [](const ReportCell& c) { return c.name; }},
    Column{"checkpoint", [](const ReportCell& c) { return c.checkpoint; }},
    Column{"model", [](const ReportCell& c) { return c.model; }},
    Column{"library", [](const ReportCell& c) { return c.library; }},
    Column{"device", [](const ReportCell& c) { return c.device; }},
    Column{"dtype", [](const ReportCell& c) { return c.dtype; }},
    Column{"size", [](const ReportCell& c) { return c.size; }},
    Column{"status", [](const ReportCell& c) { return c.status; }},
    Column{"reason", [](const ReportCell& c) { return c.reason; }},
    Column{"message", [](const ReportCell& c) { return c.message; }},
    Column{"largest_rel_rms",
           [](const ReportCell& c) { return number_or_nothing(largest_drift(c)); }},
    Column{"median_forward_seconds",
           [](const ReportCell& c) { return number_or_nothing(median_forward(c)); }},
};

// RFC 4180: quotes around what holds a comma, quote or line end, and a quote doubled. A leading
// = + - @ would be a formula to a spreadsheet, so such text gets an apostrophe first.
std::string csv_field(const std::string& raw) {
  std::string field = printable_utf8(raw);
  const bool number = parse_number(field).has_value();
  if (!field.empty() && !number && std::string_view("=+-@").find(field[0]) != std::string::npos)
    field.insert(0, "'");
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

Json cell_json(const ReportCell& cell) {
  Json drift = Json::array(), timing = Json::array(), causes = Json::array();
  for (const DriftValue& row : cell.drift)
    drift.push_back(Json{{"tap", row.tap}, {"metric", row.metric}, {"value", row.value}});
  for (const TimingValue& row : cell.timing) {
    timing.push_back(
        Json{{"phase", row.phase},
             {"restart", row.restart},
             {"seconds", row.seconds},
             {"device_seconds", row.device_seconds ? Json(*row.device_seconds) : Json(nullptr)}});
  }
  for (const ReportCause& cause : cell.causes) {
    causes.push_back(Json{{"code", cause.code},
                          {"severity", cause.severity},
                          {"summary", cause.summary},
                          {"evidence", cause.evidence},
                          {"fix", cause.fix}});
  }
  return Json{{"cell", cell.name},       {"checkpoint", cell.checkpoint},
              {"model", cell.model},     {"library", cell.library},
              {"device", cell.device},   {"dtype", cell.dtype},
              {"size", cell.size},       {"further", cell.further},
              {"status", cell.status},   {"reason", cell.reason},
              {"message", cell.message}, {"reproduce", cell.reproduce},
              {"seconds", cell.seconds}, {"max_rss_bytes", cell.max_rss_bytes},
              {"drift", drift},          {"timing", timing},
              {"causes", causes}};
}

}  // namespace

std::string render_csv(const ReportData& report) {
  std::vector<std::string> fields;
  for (const Column& column : kColumns) fields.emplace_back(column.name);
  std::string text = join(fields, ",") + "\r\n";
  for (const ReportCell& cell : report.cells) {
    fields.clear();
    for (const Column& column : kColumns) fields.push_back(csv_field(column.value(cell)));
    text += join(fields, ",") + "\r\n";
  }
  return text;
}

std::string render_markdown(const ReportData& report) {
  std::string head = "|", rule = "|";
  for (const Column& column : kColumns) {
    head += fmt::format(" {} |", column.name);
    rule += "---|";
  }
  std::string text = fmt::format("# {}\n\n{}\n{}\n", markdown_text(report.suite), head, rule);
  for (const ReportCell& cell : report.cells) {
    text += "|";
    for (const Column& column : kColumns) text += " " + markdown_text(column.value(cell)) + " |";
    text += "\n";
  }
  return text;
}

std::string render_json(const ReportData& report) {
  Json cells = Json::array(), libraries = Json::array(), conditions = Json::object();
  for (const ReportCell& cell : report.cells) cells.push_back(cell_json(cell));
  for (const ReportLibrary& library : report.libraries) {
    libraries.push_back(
        Json{{"name", library.name}, {"version", library.version}, {"path", library.path}});
  }
  for (const auto& [key, value] : report.conditions) conditions[key] = value;
  const Json document{{"schema", "effgate.run/1"}, {"suite", report.suite},
                      {"started", report.started}, {"conditions", conditions},
                      {"libraries", libraries},    {"cells", cells}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace effgate
