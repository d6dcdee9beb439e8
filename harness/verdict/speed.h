#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/verdict/pairs.h"
#include "harness/verdict/policy.h"
#include "harness/verdict/verdict.h"

namespace effgate {

struct SpeedComparison {
  std::vector<Finding> findings;
  std::int64_t timed = 0;  // cells with enough processes and samples on both sides
};

// Compares the forward times of all cells at once, so that the share of false alarms among those it
// names stays at the policy's rate. A cell is slower where it is beyond the limit and the evidence
// that it is slower at all survives the correction for many cells.
SpeedComparison compare_speed(std::span<const CellPair> pairs, const GateLimits& limits,
                              const SideNames& names);

}  // namespace effgate
