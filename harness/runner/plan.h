#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/matrix/cell.h"
#include "harness/matrix/suite.h"
#include "harness/runner/cache_entries.h"

namespace effgate {

// What a run would do, without doing it.
struct RunPlan {
  std::size_t cells = 0;  // to be measured
  std::size_t skipped = 0;
  std::size_t library_missing = 0;
  std::size_t processes = 0;         // cells and timing restarts
  std::vector<std::string> recipes;  // models whose checkpoint would be made
  std::size_t truths = 0;            // that would be computed
  double seconds = 0;                // a rough estimate for two cores
  std::uint64_t disk_bytes = 0;      // that the cache would grow by
};

Result<RunPlan> plan_run(const Suite& suite, const std::vector<Cell>& cells,
                         const PreparationPlaces& places);

}  // namespace effgate
