#pragma once

#include <span>

#include "harness/base/result.h"
#include "harness/doctor/repair/repair.h"
#include "harness/doctor/repair/repair_draft.h"

namespace effgate {

// How one cause is undone. `apply` gives a step without a summary where there is nothing to undo;
// an Error of kind refused says why undoing it would not give what the person wants. Cause and fix
// of the step are those of the rule.
struct RepairRule {
  CauseCode cause;
  FixKind fix;
  Result<RepairStep> (*apply)(RepairDraft&);
};

// In the order in which causes are undone. All but the last work with effdet's names.
std::span<const RepairRule> repair_rules();

}  // namespace effgate
