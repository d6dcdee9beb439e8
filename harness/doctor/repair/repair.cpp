#include "harness/doctor/repair/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/checkpoint/unshared_size.h"
#include "harness/doctor/repair/repair_draft.h"
#include "harness/doctor/repair/repair_rules.h"

namespace effgate {
namespace {

// Causes that no rewriting of the file undoes. What the file is about hinders too.
constexpr std::array kHindering = {CauseCode::arch_foreign,  CauseCode::arch_backbone_only,
                                   CauseCode::arch_variant,  CauseCode::arch_history,
                                   CauseCode::keys_missing,  CauseCode::values_nonfinite,
                                   CauseCode::arch_ambiguous};

Error refusal(const Cause& cause) {
  return {ErrorKind::refused,
          fmt::format("{}: {} No rewriting of the file mends that.", to_string(cause.code),
                      cause.summary),
          cause.fix.command};
}

Status nothing_hinders(const Checkpoint& checkpoint, const Diagnosis& diagnosis) {
  if (const Problem* problem = checkpoint.blocking_problem())
    return Error{error_kind(problem->code), problem->summary};
  for (const Cause& cause : diagnosis.causes)
    if (hinders_repair(cause)) return refusal(cause);
  return success();
}

// What the steps have not undone and is more than a note.
std::vector<Cause> remaining_causes(const Diagnosis& diagnosis,
                                    const std::vector<RepairStep>& steps) {
  std::vector<Cause> remaining;
  for (const Cause& cause : diagnosis.causes) {
    const bool undone = std::ranges::find(steps, cause.code, &RepairStep::cause) != steps.end();
    if (!undone && cause.severity != ProblemSeverity::note) remaining.push_back(cause);
  }
  return remaining;
}

// The file fits now, or it is not repaired.
Status fits(const RepairDraft& draft) {
  const Comparison left = draft.remaining();
  if (left.loads() && left.dtypes.empty() && left.supplied.empty()) return success();
  return Error{ErrorKind::refused,
               fmt::format("after all that can be undone, {} stand between the file and {}",
                           summary(left), draft.target().name)};
}

}  // namespace

bool hinders_repair(const Cause& cause) {
  if (cause.severity == ProblemSeverity::note) return false;
  if (is_about_the_file(cause.code)) return cause.fix.kind != FixKind::convert;
  return std::ranges::find(kHindering, cause.code) != kHindering.end();
}

bool Repair::lossless() const { return std::ranges::all_of(steps, &RepairStep::lossless); }

Result<Repair> repair(const Checkpoint& checkpoint, const Diagnosis& diagnosis,
                      const NetworkIndex& networks) {
  EFFGATE_TRY(nothing_hinders(checkpoint, diagnosis));
  std::vector<const TensorEntry*> tensors;
  for (const TensorEntry& tensor : checkpoint.tensors()) tensors.push_back(&tensor);
  EFFGATE_TRY(check_unshared_size(tensors));
  EFFGATE_ASSIGN(const Target target, find_target(diagnosis.target, networks));
  RepairDraft draft(checkpoint, target, networks);
  std::vector<RepairStep> steps;
  for (const RepairRule& rule : repair_rules()) {
    EFFGATE_ASSIGN(RepairStep step, rule.apply(draft));
    if (step.summary.empty()) continue;
    step.cause = rule.cause;
    step.fix = rule.fix;
    steps.push_back(std::move(step));
  }
  EFFGATE_TRY(fits(draft));
  for (RepairStep& step : steps)
    for (std::string& name : step.made) name = draft.own_name(name);
  Repair repaired = std::move(draft).finish();
  repaired.remaining = remaining_causes(diagnosis, steps);
  if (steps.empty() && !repaired.remaining.empty()) return refusal(repaired.remaining.front());
  repaired.steps = std::move(steps);
  return repaired;
}

}  // namespace effgate
