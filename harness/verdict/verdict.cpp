#include "harness/verdict/verdict.h"

#include <array>

namespace effgate {
namespace {

struct DecisionRow {
  std::string_view name;
  int exit_code;
};

constexpr std::array<DecisionRow, 4> kDecisions = {{
    {"open", 0},
    {"closed", 1},
    {"undecided", 4},
    {"not_measured", 3},
}};

constexpr std::array<std::string_view, 5> kWeights = {"closes", "not_measured", "undecides",
                                                      "waived", "notes"};

constexpr std::array<std::string_view, 19> kFindingKinds = {
    "status_worsened",   "drift_beyond_policy",
    "drift_grew",        "detections_lost",
    "nonfinite",         "slowdown",
    "memory_growth",     "not_measured",
    "missing_cell",      "no_common_cells",
    "no_working_cell",   "library_not_in_run",
    "speed_not_decided", "unchanged",
    "improved",          "faster",
    "no_limits",         "expired_waiver",
    "unused_waiver",
};
static_assert(kFindingKinds.size() == static_cast<std::size_t>(FindingKind::unused_waiver) + 1);

const DecisionRow& row_of(Decision decision) {
  return kDecisions.at(static_cast<std::size_t>(decision));
}

}  // namespace

std::string_view to_string(Decision decision) { return row_of(decision).name; }
int exit_code(Decision decision) { return row_of(decision).exit_code; }

std::string_view to_string(Weight weight) { return kWeights.at(static_cast<std::size_t>(weight)); }

std::string_view to_string(FindingKind kind) {
  return kFindingKinds.at(static_cast<std::size_t>(kind));
}

}  // namespace effgate
