#pragma once

#include <vector>

#include "harness/verdict/pairs.h"
#include "harness/verdict/policy.h"
#include "harness/verdict/verdict.h"

namespace effgate {

// What changed in one cell but for its speed: status, drift, detections, memory; and what was not
// measured on one side. Empty where nothing is worth saying.
std::vector<Finding> changes_of(const CellPair& pair, const Policy& policy, const SideNames& names);

// Both sides computed the same bits in every output.
bool bit_equal(const CellPair& pair);

}  // namespace effgate
