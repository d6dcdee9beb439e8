#include "harness/verdict/waivers.h"

#include <fmt/format.h>

#include <algorithm>

namespace effgate {
namespace {

using CellsByName = std::map<std::string_view, const CellRecord*>;

CellsByName cells_by_name(const std::vector<CellPair>& pairs) {
  CellsByName cells;
  for (const CellPair& pair : pairs) cells.emplace(pair.subject().name, &pair.subject());
  return cells;
}

Finding note(const Policy& policy, const Waiver& waiver, FindingKind kind, std::string_view what) {
  Finding finding;
  finding.kind = kind;
  finding.sentence = fmt::format("The waiver in line {} of {} ({}) {}.", waiver.line,
                                 policy.file.string(), waiver.where, what);
  finding.waiver = AppliedWaiver{waiver.owner, waiver.reason, waiver.until};
  return finding;
}

void waive(Finding& finding, const Waiver& waiver) {
  finding.weight = Weight::waived;
  finding.waiver = AppliedWaiver{waiver.owner, waiver.reason, waiver.until};
}

}  // namespace

void apply_waivers(std::vector<Finding>& findings, const std::vector<CellPair>& pairs,
                   const Policy& policy, const WaiverMatcher& waives, std::string_view today) {
  const CellsByName cells = cells_by_name(pairs);
  for (std::size_t index = 0; index < policy.waivers.size(); ++index) {
    const Waiver& waiver = policy.waivers[index];
    bool needed = false;
    for (Finding& finding : findings) {
      const auto cell = cells.find(finding.cell);
      const bool regression = finding.weight == Weight::closes || finding.weight == Weight::waived;
      if (!regression || cell == cells.end() || !waives || !waives(index, *cell->second)) continue;
      needed = true;
      if (!waiver.expired(today) && finding.weight == Weight::closes) waive(finding, waiver);
    }
    if (needed && waiver.expired(today))
      findings.push_back(note(policy, waiver, FindingKind::expired_waiver,
                              fmt::format("expired on {} and covers nothing", waiver.until)));
    if (!needed)
      findings.push_back(
          note(policy, waiver, FindingKind::unused_waiver, "covers no regression any more"));
  }
}

}  // namespace effgate
