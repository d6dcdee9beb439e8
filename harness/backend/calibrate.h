#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "harness/backend/executor.h"

namespace effgate {

// What every BatchNorm sees, in execution order, in one forward pass over `input` [N,3,H,W] in
// which each normalises with the statistics of its own batch. `source` is not asked for running
// statistics.
Result<std::vector<ModuleStatistics>> measure_batch_norms(Session& session, const Graph& graph,
                                                          DType dtype, const ParamSource& source,
                                                          std::span<const std::byte> input);

}  // namespace effgate
