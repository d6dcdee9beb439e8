#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>

#include "harness/base/text.h"
#include "reports/status_style.h"
#include "reports/templates.h"

namespace effgate {
namespace {

using kainjow::mustache::data;

enum class CaseOutcome { passed, failure, error, skip };

// What a status is to a test report. Everything not listed failed.
struct StatusOutcome {
  std::string_view status;
  CaseOutcome outcome;
};
constexpr StatusOutcome kOutcomes[] = {
    {"pass", CaseOutcome::passed},           {"unsupported", CaseOutcome::skip},
    {"skipped", CaseOutcome::skip},          {"not_run", CaseOutcome::skip},
    {"library_error", CaseOutcome::error},   {"crash", CaseOutcome::error},
    {"timeout", CaseOutcome::error},         {"oom", CaseOutcome::error},
    {"library_missing", CaseOutcome::error}, {"error", CaseOutcome::error},
};

CaseOutcome outcome_of(std::string_view status) {
  for (const StatusOutcome& row : kOutcomes)
    if (row.status == status) return row.outcome;
  return CaseOutcome::failure;
}

// What a finding of the gate is to it. Everything not listed failed.
struct FindingOutcome {
  std::string_view weight;
  std::string_view type;
  CaseOutcome outcome;
};
constexpr FindingOutcome kFindingOutcomes[] = {
    {"closes", "regression", CaseOutcome::failure},
    {"not_measured", "not_measured", CaseOutcome::error},
    {"undecides", "undecided", CaseOutcome::error},
    {"waived", "waived", CaseOutcome::skip},
};

const FindingOutcome& outcome_of(const ReportFinding& finding) {
  for (const FindingOutcome& row : kFindingOutcomes)
    if (row.weight == finding.weight) return row;
  return kFindingOutcomes[0];
}

struct Tally {
  int tests = 0, failures = 0, errors = 0, skipped = 0;

  void add(CaseOutcome outcome) {
    ++tests;
    failures += outcome == CaseOutcome::failure ? 1 : 0;
    errors += outcome == CaseOutcome::error ? 1 : 0;
    skipped += outcome == CaseOutcome::skip ? 1 : 0;
  }
  void add(const Tally& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
  }
  void write(data& into) const {
    into.set("tests", std::to_string(tests));
    into.set("failures", std::to_string(failures));
    into.set("errors", std::to_string(errors));
    into.set("skipped", std::to_string(skipped));
  }
};

struct Case {
  std::string class_name, name, status, message, reproduce, output;
  double seconds = 0;
  CaseOutcome outcome = CaseOutcome::passed;
};

data rendered(const Case& test) {
  data result(data::type::object);
  const auto set = [&](const char* key, std::string_view value) {
    result.set(key, printable_utf8(value));
  };
  set("class", test.class_name);
  set("name", test.name);
  set("status", test.status);
  set("message", test.message);
  set("reproduce", test.reproduce);
  result.set("seconds", fmt::format("{:.3f}", test.seconds));
  if (!test.output.empty()) set("output", test.output);
  const auto flag = [&](const char* key, CaseOutcome outcome) {
    result.set(key, data(test.outcome == outcome ? data::type::bool_true : data::type::bool_false));
  };
  flag("failure", CaseOutcome::failure);
  flag("error", CaseOutcome::error);
  flag("skip", CaseOutcome::skip);
  return result;
}

struct Suite {
  std::string name;
  std::vector<Case> cases;
};

Case case_of(const ReportCell& cell) {
  const std::string message = cell.message.empty() ? cell.reason : cell.message;
  return Case{cell.library,   cell.name,   cell.status,  message,
              cell.reproduce, cell.output, cell.seconds, outcome_of(cell.status)};
}

Case gate_case(const std::string& comparison, const ReportFinding& finding) {
  const FindingOutcome& row = outcome_of(finding);
  return Case{comparison,
              finding.cell.empty() ? finding.sentence : finding.cell,
              std::string(row.type),
              finding.sentence,
              "",
              "",
              0,
              row.outcome};
}

// What was waived does not speak for the gate, so its headline does beside it.
std::vector<Case> gate_cases(const ReportVerdict& verdict) {
  const std::string comparison = "gate: " + verdict.comparison;
  std::vector<Case> cases;
  for (const ReportFinding& finding : verdict.findings)
    cases.push_back(gate_case(comparison, finding));
  const auto waived = [](const Case& test) { return test.outcome == CaseOutcome::skip; };
  if (std::ranges::all_of(cases, waived)) {
    cases.push_back(Case{comparison, verdict.headline, "", verdict.sentence, "", "", 0,
                         verdict.tone == Tone::good ? CaseOutcome::passed : CaseOutcome::error});
  }
  return cases;
}

std::vector<Suite> suites_of(const ReportData& report) {
  std::vector<Suite> suites;
  if (!report.verdicts.empty()) suites.push_back(Suite{"gate", {}});
  for (const ReportVerdict& verdict : report.verdicts)
    std::ranges::move(gate_cases(verdict), std::back_inserter(suites.front().cases));
  for (const ReportCell& cell : report.cells) {
    const auto same = [&](const Suite& suite) { return suite.name == cell.library; };
    auto found = std::find_if(suites.begin(), suites.end(), same);
    if (found == suites.end()) found = suites.insert(suites.end(), Suite{cell.library, {}});
    found->cases.push_back(case_of(cell));
  }
  return suites;
}

}  // namespace

Result<std::string> render_junit(const ReportData& report) {
  kainjow::mustache::mustache document(std::string(report_template("junit.xml")));
  if (!document.is_valid())
    return Error{ErrorKind::bug, "reading the JUnit template: " + document.error_message()};
  Tally total;
  data suites(data::type::list);
  for (const Suite& suite : suites_of(report)) {
    Tally tally;
    data cases(data::type::list);
    for (const Case& test : suite.cases) {
      tally.add(test.outcome);
      cases.push_back(rendered(test));
    }
    data entry(data::type::object);
    tally.write(entry);
    entry.set("name", printable_utf8(suite.name));
    entry.set("timestamp", printable_utf8(report.started));
    entry.set("cases", cases);
    suites.push_back(entry);
    total.add(tally);
  }
  data root(data::type::object);
  total.write(root);
  root.set("suites", suites);
  return document.render(root);
}

}  // namespace effgate
