#include "harness/cli/verdict_output.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "harness/base/counted.h"
#include "harness/base/text.h"
#include "reports/markdown.h"

namespace effgate {
namespace {

std::string waiver_text(const Finding& finding) {
  if (!finding.waiver) return "";
  return fmt::format(" (waived by {} until {}: {})", finding.waiver->owner, finding.waiver->until,
                     finding.waiver->reason);
}

std::string counts_text(const VerdictCounts& counts) {
  return fmt::format("{} compared, {} unchanged ({} bit-equal), {} timed, {}, {} waived",
                     counted(counts.compared, "cell"), counts.unchanged, counts.bit_equal,
                     counts.timed, counted(counts.regressions, "regression"), counts.waived);
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json finding_json(const Finding& finding) {
  Json result{{"kind", to_string(finding.kind)},
              {"weight", to_string(finding.weight)},
              {"cell", finding.cell},
              {"sentence", finding.sentence},
              {"value", number_or_null(finding.value)},
              {"limit", number_or_null(finding.limit)},
              {"p_value", number_or_null(finding.p_value)},
              {"next", finding.next}};
  if (finding.interval) result["interval"] = {finding.interval->low, finding.interval->high};
  if (finding.waiver) {
    result["waiver"] = Json{{"owner", finding.waiver->owner},
                            {"reason", finding.waiver->reason},
                            {"until", finding.waiver->until}};
  }
  return result;
}

}  // namespace

void print_verdict_text(Console& console, const Verdict& verdict, std::string_view about) {
  fmt::print(console.out(), "{}: {}: {}\n", to_string(verdict.decision), about,
             printable_utf8(verdict.sentence));
  // Several findings about one cell have the same next step; it is said after the first.
  std::set<std::string_view> said{""};
  for (const Finding& finding : verdict.findings) {
    fmt::print(console.out(), "  {:<12} {}{}\n", to_string(finding.weight),
               printable_utf8(finding.sentence), printable_utf8(waiver_text(finding)));
    if (!finding.cell.empty()) fmt::print(console.out(), "  {:<12} {}\n", "", finding.cell);
    if (said.insert(finding.next).second)
      fmt::print(console.out(), "  {:<12} next: {}\n", "", printable_utf8(finding.next));
  }
  fmt::print(console.out(), "{}\n", counts_text(verdict.counts));
}

void print_verdict_markdown(Console& console, const Verdict& verdict, std::string_view about) {
  fmt::print(console.out(), "### effgate: {}: {}\n\n{}\n\n", to_string(verdict.decision),
             markdown_text(about), markdown_text(verdict.sentence));
  const auto shown = [](const Finding& finding) { return finding.weight != Weight::notes; };
  if (std::any_of(verdict.findings.begin(), verdict.findings.end(), shown)) {
    console.out() << "| | what | cell |\n|---|---|---|\n";
    for (const Finding& finding : verdict.findings) {
      if (!shown(finding)) continue;
      fmt::print(console.out(), "| {} | {} | {} |\n", to_string(finding.weight),
                 markdown_text(finding.sentence + waiver_text(finding)),
                 markdown_text(finding.cell));
    }
    console.out() << '\n';
  }
  fmt::print(console.out(), "{}\n", counts_text(verdict.counts));
}

Json verdict_json(const Verdict& verdict, std::string_view from, std::string_view to) {
  Json findings = Json::array();
  for (const Finding& finding : verdict.findings) findings.push_back(finding_json(finding));
  const VerdictCounts& counts = verdict.counts;
  return Json{{"schema", "effgate.gate/1"},
              {"verdict", to_string(verdict.decision)},
              {"exit_code", exit_code(verdict.decision)},
              {"code", verdict.code},
              {"sentence", verdict.sentence},
              {"from", from},
              {"to", to},
              {"counts", Json{{"compared", counts.compared},
                              {"unchanged", counts.unchanged},
                              {"bit_equal", counts.bit_equal},
                              {"timed", counts.timed},
                              {"regressions", counts.regressions},
                              {"waived", counts.waived}}},
              {"findings", findings}};
}

}  // namespace effgate
