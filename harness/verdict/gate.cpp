#include "harness/verdict/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "harness/base/counted.h"
#include "harness/base/text.h"
#include "harness/verdict/changes.h"
#include "harness/verdict/pairs.h"
#include "harness/verdict/speed.h"

namespace effgate {
namespace {

// What is being compared, for sentences.
struct Comparison {
  SideNames names;
  std::string what;  // "from torch-2.6.0 to torch-2.15.0", "against the baseline run 3"
};

Finding for_everything(FindingKind kind, Weight weight, std::string sentence) {
  Finding finding;
  finding.kind = kind;
  finding.weight = weight;
  finding.sentence = std::move(sentence);
  return finding;
}

bool compared(const CellPair& pair) { return has_result(pair.from) && has_result(pair.to); }

// Findings about the comparison as a whole: that it rests on something.
void add_missing_evidence(std::vector<Finding>& findings, const std::vector<CellPair>& pairs,
                          const Comparison& comparison) {
  if (std::ranges::none_of(pairs, compared)) {
    findings.push_back(for_everything(
        FindingKind::no_common_cells, Weight::undecides,
        fmt::format("No cell has a result with {} and with {}; running the same suite with both "
                    "decides.",
                    comparison.names.from, comparison.names.to)));
    return;
  }
  const bool anything_worked = std::ranges::any_of(pairs, [](const CellPair& pair) {
    return compared(pair) && pair.from.standing == Standing::works;
  });
  if (!anything_worked)
    findings.push_back(for_everything(
        FindingKind::no_working_cell, Weight::undecides,
        fmt::format("No cell works with {}, so none could break; a suite with a cell that works "
                    "there decides.",
                    comparison.names.from)));
}

void add_dtypes_without_limits(std::vector<Finding>& findings, const std::vector<CellPair>& pairs,
                               const Policy& policy) {
  std::set<std::string> dtypes;
  for (const CellPair& pair : pairs)
    if (compared(pair) && !pair.to.cell->drift.empty()) dtypes.insert(pair.subject().dtype);
  for (const std::string& dtype : dtypes)
    if (!policy.dtypes.contains(dtype))
      findings.push_back(for_everything(
          FindingKind::no_limits, Weight::notes,
          fmt::format("The policy has no limits for {}; its drift was not judged.", dtype)));
}

void append(std::vector<Finding>& findings, std::vector<Finding> more) {
  std::ranges::move(more, std::back_inserter(findings));
}

bool is_change(const Finding& finding) {
  static constexpr std::array<FindingKind, 2> kChangesThatOnlyNote = {FindingKind::improved,
                                                                      FindingKind::faster};
  return finding.weight == Weight::closes || finding.weight == Weight::waived ||
         std::ranges::find(kChangesThatOnlyNote, finding.kind) != kChangesThatOnlyNote.end();
}

VerdictCounts count(const std::vector<CellPair>& pairs, const std::vector<Finding>& findings,
                    std::int64_t timed) {
  VerdictCounts counts;
  counts.timed = timed;
  std::set<std::string_view> changed;
  for (const Finding& finding : findings) {
    counts.regressions += finding.weight == Weight::closes ? 1 : 0;
    counts.waived += finding.weight == Weight::waived ? 1 : 0;
    if (is_change(finding)) changed.insert(finding.cell);
  }
  for (const CellPair& pair : pairs) {
    if (!compared(pair)) continue;
    ++counts.compared;
    counts.unchanged += changed.contains(pair.subject().name) ? 0 : 1;
    counts.bit_equal += bit_equal(pair) ? 1 : 0;
  }
  return counts;
}

Decision decision_of(const std::vector<Finding>& findings) {
  if (findings.empty()) return Decision::open;
  switch (findings.front().weight) {
    case Weight::closes: return Decision::closed;
    case Weight::not_measured: return Decision::not_measured;
    case Weight::undecides: return Decision::undecided;
    default: return Decision::open;
  }
}

std::string first_sentence(const Finding& finding) {
  return finding.cell.empty() ? finding.sentence
                              : fmt::format("{}: {}", finding.cell, finding.sentence);
}

std::string open_sentence(const VerdictCounts& counts, const Comparison& comparison) {
  const std::string waived =
      counts.waived == 0 ? "" : fmt::format(", but for {} waived", counts.waived);
  return fmt::format("The gate is open: nothing got worse in {} compared {}{}.",
                     counted(counts.compared, "cell"), comparison.what, waived);
}

// One sentence, about what decided.
std::string sentence_of(const Verdict& verdict, const Comparison& comparison) {
  if (verdict.decision == Decision::open) return open_sentence(verdict.counts, comparison);
  const std::string first = first_sentence(verdict.findings.front());
  if (verdict.decision == Decision::undecided)
    return fmt::format("There is not enough evidence {}: {}", comparison.what, first);
  if (verdict.decision == Decision::not_measured)
    return fmt::format("Not everything could be measured {}: {}", comparison.what, first);
  return fmt::format("The gate is closed: {} in {} compared {}; first {}",
                     counted(verdict.counts.regressions, "regression"),
                     counted(verdict.counts.compared, "cell"), comparison.what, first);
}

Verdict decided(std::vector<Finding> findings, const VerdictCounts& counts,
                const Comparison& comparison) {
  std::ranges::stable_sort(findings, {}, &Finding::weight);
  Verdict verdict;
  verdict.decision = decision_of(findings);
  verdict.code = verdict.decision == Decision::open ? "no_regression"
                                                    : std::string(to_string(findings.front().kind));
  verdict.findings = std::move(findings);
  verdict.counts = counts;
  verdict.sentence = sentence_of(verdict, comparison);
  return verdict;
}

// By what makes times differ: a name may be a container's, and new every night.
bool are_alike(const HostFacts& a, const HostFacts& b) {
  return a.cpu_model == b.cpu_model && a.cores == b.cores;
}

std::string machine(const HostFacts& host) {
  return fmt::format("{} cores of {}", host.cores, host.cpu_model);
}

SpeedComparison speed_not_compared(const RunRecord& before, const RunRecord& after) {
  SpeedComparison none;
  none.findings.push_back(for_everything(
      FindingKind::speed_not_decided, Weight::notes,
      fmt::format("The baseline ran on another machine, {} and not {}, so speed is not compared.",
                  machine(before.host), machine(after.host))));
  return none;
}

Verdict judge(const std::vector<CellPair>& pairs, SpeedComparison speed,
              const Comparison& comparison, const GateContext& context) {
  const Policy& policy = context.policy;
  std::vector<Finding> findings;
  for (const CellPair& pair : pairs) append(findings, changes_of(pair, policy, comparison.names));
  append(findings, std::move(speed.findings));
  add_missing_evidence(findings, pairs, comparison);
  add_dtypes_without_limits(findings, pairs, policy);
  apply_waivers(findings, pairs, policy, context.waives, context.today);
  const VerdictCounts counts = count(pairs, findings, speed.timed);
  return decided(std::move(findings), counts, comparison);
}

std::int64_t number(const StoredRun& run) { return static_cast<std::int64_t>(run.id); }

}  // namespace

Verdict judge_upgrade(const RunEvidence& run, std::string_view from_library,
                      std::string_view to_library, const GateContext& context) {
  const Comparison comparison{{std::string(from_library), std::string(to_library)},
                              fmt::format("from {} to {}", from_library, to_library)};
  const std::vector<std::string> known = library_names(run);
  std::vector<Finding> missing;
  for (const std::string_view library : {from_library, to_library})
    if (std::ranges::find(known, library) == known.end())
      missing.push_back(for_everything(FindingKind::library_not_in_run, Weight::not_measured,
                                       fmt::format("Run {} has no cell of library {}; it has {}.",
                                                   number(run.run), library, join(known, ", "))));
  if (!missing.empty()) return decided(std::move(missing), {}, comparison);
  const auto pairs = pair_libraries(run, from_library, to_library, context.policy);
  return judge(pairs, compare_speed(pairs, context.policy.gate, comparison.names), comparison,
               context);
}

Verdict judge_baseline(const RunEvidence& baseline, const RunEvidence& run,
                       const GateContext& context) {
  const Comparison comparison{
      {"the baseline", "this run"},
      fmt::format("of run {} with the baseline, run {}", number(run.run), number(baseline.run))};
  if (baseline.run.id == run.run.id) {
    Finding itself = for_everything(
        FindingKind::no_common_cells, Weight::undecides,
        fmt::format("Run {} is the baseline itself; a later run decides.", number(run.run)));
    itself.next = run.run.run.arguments;
    return decided({std::move(itself)}, {}, comparison);
  }
  const auto pairs = pair_runs(baseline, run, context.policy);
  SpeedComparison speed = are_alike(baseline.run.run.host, run.run.run.host)
                              ? compare_speed(pairs, context.policy.gate, comparison.names)
                              : speed_not_compared(baseline.run.run, run.run.run);
  return judge(pairs, std::move(speed), comparison, context);
}

VerdictRecord to_record(const Verdict& verdict, const Policy& policy, RunId base_run, RunId run,
                        std::string_view from_library, std::string_view to_library) {
  VerdictRecord record;
  record.base_run = base_run;
  record.run = run;
  record.from_library = from_library;
  record.to_library = to_library;
  record.policy_sha256 = policy.sha256;
  record.policy_text = policy.text;
  record.verdict = to_string(verdict.decision);
  record.code = verdict.code;
  record.sentence = verdict.sentence;
  for (const Finding& finding : verdict.findings)
    record.items.push_back({finding.cell, std::string(to_string(finding.kind)),
                            std::string(to_string(finding.weight)), finding.sentence, finding.value,
                            finding.limit, finding.p_value});
  return record;
}

}  // namespace effgate
