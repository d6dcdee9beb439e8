#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/store/records.h"
#include "harness/verdict/pairs.h"
#include "harness/verdict/policy.h"
#include "harness/verdict/verdict.h"

namespace effgate {

// Whether the waiver `policy.waivers[index]` speaks of a cell. The language of `where` is the
// matrix's, so the caller compiles it.
using WaiverMatcher = std::function<bool(std::size_t index, const CellRecord& cell)>;

// Turns findings that would close the gate into waived ones where a waiver that has not expired
// speaks of their cell, and adds a note for each waiver that has expired or that nothing needed.
void apply_waivers(std::vector<Finding>& findings, const std::vector<CellPair>& pairs,
                   const Policy& policy, const WaiverMatcher& waives, std::string_view today);

}  // namespace effgate
