#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "harness/backend/executor.h"

namespace effgate {

// The running statistics of every BatchNorm of a recipe network, in execution order: one forward
// pass over `input` [N,3,H,W] in train mode with momentum 1; then every running_var is raised to a
// tenth of its mean over the channels. `source` is not asked for running statistics.
Result<std::vector<ModuleStatistics>> calibrate_batch_norms(Session& session, const Graph& graph,
                                                            DType dtype, const ParamSource& source,
                                                            std::span<const std::byte> input);

}  // namespace effgate
