#include "harness/verdict/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "harness/base/text.h"
#include "harness/verdict/judgement.h"

namespace effgate {
namespace {

// How bad an outcome is for someone who depends on the cell: from wrong numbers, by way of none at
// all but an orderly refusal, to a process that takes others with it.
int severity(CellStatus status) {
  switch (status) {
    case CellStatus::pass: return 0;
    case CellStatus::drift: return 1;
    case CellStatus::nondeterministic: return 2;
    case CellStatus::nonfinite: return 3;
    case CellStatus::timeout:
    case CellStatus::oom: return 5;
    case CellStatus::crash: return 6;
    default: return 4;
  }
}

std::string quoted_message(const CellRecord& cell) {
  return cell.message.empty() ? "" : " (" + cell.message + ")";
}

Finding about(const CellPair& pair, FindingKind kind, Weight weight, std::string sentence) {
  Finding finding;
  finding.kind = kind;
  finding.weight = weight;
  finding.cell = pair.subject().name;
  finding.sentence = std::move(sentence);
  finding.next = pair.subject().reproduce;
  return finding;
}

FindingKind kind_of(const LimitCheck& check) {
  if (check.reason == "nan_or_infinity") return FindingKind::nonfinite;
  return check.reason == "detections_lost" ? FindingKind::detections_lost
                                           : FindingKind::drift_beyond_policy;
}

Finding about_limit(const CellPair& pair, FindingKind kind, const LimitCheck& check,
                    std::string sentence) {
  Finding finding = about(pair, kind, Weight::closes, std::move(sentence));
  finding.value = check.value;
  finding.limit = check.limit;
  return finding;
}

// The worst broken limit for each kind of finding; `broken` comes worst first.
std::map<FindingKind, LimitCheck> worst_by_kind(const Judgement& judgement) {
  std::map<FindingKind, LimitCheck> worst;
  for (const LimitCheck& check : judgement.broken) worst.emplace(kind_of(check), check);
  return worst;
}

// Drift that the judged side has and the earlier did not.
std::vector<Finding> new_drift(const CellPair& pair, const Policy& policy, const SideNames& names) {
  std::vector<Finding> findings;
  const CellRecord& cell = pair.to.cell->cell;
  for (const auto& [kind, check] :
       worst_by_kind(judge_cell(policy, cell.dtype, pair.to.cell->drift)))
    findings.push_back(about_limit(pair, kind, check,
                                   fmt::format("With {}: {} With {} it kept the policy.", names.to,
                                               check.sentence, names.from)));
  return findings;
}

// What of one output and metric got worse between two sides that both broke some limit: `old` is
// the same check on the earlier side, null where it kept the limit.
std::optional<Finding> worse_drift(const CellPair& pair, const LimitCheck& now,
                                   const LimitCheck* old, const Policy& policy,
                                   const SideNames& names) {
  if (old == nullptr) {
    return about_limit(
        pair, kind_of(now), now,
        fmt::format("With {}: {} With {} it kept this limit.", names.to, now.sentence, names.from));
  }
  const double most = policy.gate.max_drift_growth * old->amount();
  if (std::isnan(most) || now.amount() <= most) return std::nullopt;
  return about_limit(
      pair, FindingKind::drift_grew, now,
      fmt::format("With {}: {} With {} it was {} already, and it grew by more than {} times.",
                  names.to, now.sentence, names.from, rounded_text(old->value, 3),
                  rounded_text(policy.gate.max_drift_growth, 3)));
}

// Drift of both sides, beyond the policy on one at least: the worst of each kind that is new or
// grew. Each output and metric is compared with itself, so that what was bad before hides nothing.
std::vector<Finding> grown_drift(const CellPair& pair, const Policy& policy,
                                 const SideNames& names) {
  const auto judged = [&](const Side& side) {
    return judge_cell(policy, side.cell->cell.dtype, side.cell->drift).broken;
  };
  const std::vector<LimitCheck> before = judged(pair.from);
  const auto find = [&](const std::string& tap, std::string_view metric) {
    const auto at = std::ranges::find_if(before, [&](const LimitCheck& check) {
      return check.tap == tap && check.metric == metric;
    });
    return at == before.end() ? nullptr : &*at;
  };
  std::map<FindingKind, Finding> worst;
  for (const LimitCheck& check : judged(pair.to)) {
    const LimitCheck* old = find(check.tap, check.metric);
    // An output that was not finite kept no limit, whatever its other elements said.
    if (old == nullptr && find(check.tap, kNonfinite) != nullptr) continue;
    auto finding = worse_drift(pair, check, old, policy, names);
    if (!finding) continue;
    const FindingKind kind = finding->kind;
    worst.emplace(kind, *std::move(finding));
  }
  std::vector<Finding> findings;
  findings.reserve(worst.size());
  for (auto& [kind, finding] : worst) findings.push_back(std::move(finding));
  return findings;
}

// Its outputs were compared with the truth, and may be with those of the other side.
bool judged_by_drift(const Side& side) {
  return !side.cell->drift.empty() &&
         (side.status == CellStatus::drift || side.status == CellStatus::nonfinite ||
          side.status == CellStatus::nondeterministic);
}

Finding worsened(const CellPair& pair, const SideNames& names) {
  return about(
      pair, FindingKind::status_worsened, Weight::closes,
      fmt::format("It was {} with {} and is {} with {}{}.", to_string(pair.from.status), names.from,
                  to_string(pair.to.status), names.to, quoted_message(pair.to.cell->cell)));
}

Finding as_bad(const CellPair& pair, const SideNames& names) {
  const bool same = pair.from.status == pair.to.status;
  return about(pair, FindingKind::unchanged, Weight::notes,
               same
                   ? fmt::format("It is {} with {} and with {}{}.", to_string(pair.to.status),
                                 names.from, names.to, quoted_message(pair.to.cell->cell))
                   : fmt::format("It was {} with {} and is {} with {}{}, which is no worse.",
                                 to_string(pair.from.status), names.from, to_string(pair.to.status),
                                 names.to, quoted_message(pair.to.cell->cell)));
}

std::vector<Finding> from_working(const CellPair& pair, const Policy& policy,
                                  const SideNames& names) {
  if (pair.to.standing == Standing::works) return {};
  if (pair.to.status == CellStatus::drift || pair.to.status == CellStatus::nonfinite) {
    std::vector<Finding> findings = new_drift(pair, policy, names);
    if (!findings.empty()) return findings;
  }
  return {worsened(pair, names)};
}

std::vector<Finding> from_failing(const CellPair& pair, const Policy& policy,
                                  const SideNames& names) {
  if (pair.to.standing == Standing::works)
    return {about(pair, FindingKind::improved, Weight::notes,
                  fmt::format("It was {} with {} and passes with {}.", to_string(pair.from.status),
                              names.from, names.to))};
  if (judged_by_drift(pair.from) && judged_by_drift(pair.to)) {
    std::vector<Finding> findings = grown_drift(pair, policy, names);
    if (!findings.empty()) return findings;
  }
  if (severity(pair.to.status) > severity(pair.from.status)) return {worsened(pair, names)};
  return {as_bad(pair, names)};
}

std::vector<Finding> grown_memory(const CellPair& pair, const Policy& policy,
                                  const SideNames& names) {
  const auto before = static_cast<double>(pair.from.cell->cell.max_rss_bytes);
  const auto after = static_cast<double>(pair.to.cell->cell.max_rss_bytes);
  if (before <= 0 || after <= 0) return {};
  const double growth = after / before - 1;
  if (growth <= policy.gate.max_memory_growth) return {};
  Finding finding =
      about(pair, FindingKind::memory_growth, Weight::closes,
            fmt::format("It takes {} of memory with {} and took {} with {}, {} % more; the policy "
                        "allows {} %.",
                        bytes_text(static_cast<unsigned long long>(after)), names.to,
                        bytes_text(static_cast<unsigned long long>(before)), names.from,
                        rounded_text(100 * growth, 3),
                        rounded_text(100 * policy.gate.max_memory_growth, 3)));
  finding.value = growth;
  finding.limit = policy.gate.max_memory_growth;
  return {finding};
}

// At least one side has no result. What failed before, or was left out on purpose, cannot get
// worse by not being measured.
std::vector<Finding> unmeasured(const CellPair& pair, const SideNames& names) {
  const auto [from, to] = std::pair(pair.from.standing, pair.to.standing);
  if (from == Standing::fails || from == Standing::left_out) return {};
  if (from == Standing::absent && to == Standing::left_out) return {};
  if (from == Standing::absent && to == Standing::absent) {
    return {about(pair, FindingKind::missing_cell, Weight::undecides,
                  fmt::format("It was not reached with {}, nor with {}; resuming the run decides.",
                              names.to, names.from))};
  }
  const bool failed = from == Standing::not_measured || to == Standing::not_measured;
  if (failed) {
    const bool before = from == Standing::not_measured;
    const Side& side = before ? pair.from : pair.to;
    return {
        about(pair, FindingKind::not_measured, Weight::not_measured,
              fmt::format("It could not be measured with {}: {}{}.", before ? names.from : names.to,
                          to_string(side.status), quoted_message(side.cell->cell)))};
  }
  const bool before = from == Standing::absent;
  return {about(pair, FindingKind::missing_cell, Weight::undecides,
                fmt::format("It has no result with {}, so there is nothing to compare with {}; "
                            "running it there decides.",
                            before ? names.from : names.to, before ? names.to : names.from))};
}

// Two results that do not tell of the same thing: another file under the same name, or outputs that
// were compared with the truth on the earlier side only.
std::vector<Finding> incomparable(const CellPair& pair, const SideNames& names) {
  const FinishedCell& from = *pair.from.cell;
  const FinishedCell& to = *pair.to.cell;
  if (!from.cell.checkpoint_sha256.empty() && !to.cell.checkpoint_sha256.empty() &&
      from.cell.checkpoint_sha256 != to.cell.checkpoint_sha256) {
    return {about(pair, FindingKind::missing_cell, Weight::undecides,
                  fmt::format("The checkpoint has other contents with {} than with {}, so its "
                              "results say nothing of each other.",
                              names.to, names.from))};
  }
  const bool both_work =
      pair.from.standing == Standing::works && pair.to.standing == Standing::works;
  const bool drift_is_missing = std::ranges::any_of(from.drift, [&](const DriftRow& row) {
    return std::ranges::none_of(to.drift, [&](const DriftRow& other) {
      return other.tap == row.tap && other.metric == row.metric;
    });
  });
  if (!both_work || !drift_is_missing) return {};
  return {about(pair, FindingKind::missing_cell, Weight::undecides,
                fmt::format("Its drift was measured with {} and not all of it with {}, so it may "
                            "have grown; measuring it there decides.",
                            names.from, names.to))};
}

}  // namespace

std::vector<Finding> changes_of(const CellPair& pair, const Policy& policy,
                                const SideNames& names) {
  if (!has_result(pair.from) || !has_result(pair.to)) return unmeasured(pair, names);
  if (std::vector<Finding> unlike = incomparable(pair, names); !unlike.empty()) return unlike;
  if (pair.from.standing == Standing::fails) return from_failing(pair, policy, names);
  std::vector<Finding> findings = from_working(pair, policy, names);
  if (pair.to.standing == Standing::works) findings = grown_memory(pair, policy, names);
  return findings;
}

bool bit_equal(const CellPair& pair) {
  if (!pair.from.cell || !pair.to.cell || pair.to.cell->fingerprints.empty()) return false;
  return std::ranges::equal(pair.from.cell->fingerprints, pair.to.cell->fingerprints,
                            [](const FingerprintRow& a, const FingerprintRow& b) {
                              return a.tap == b.tap && a.xxhash64 == b.xxhash64;
                            });
}

}  // namespace effgate
