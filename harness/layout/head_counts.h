#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// Outputs of the predictors, as their biases tell: classes × anchors and 4 × anchors. The names are
// effdet's.
struct HeadCounts {
  std::optional<std::int64_t> classes;
  std::optional<std::int64_t> anchors;
};
HeadCounts head_counts(std::span<const ParamSpec> tensors);
ModelConfig with_counts(ModelConfig config, const HeadCounts& counts);

}  // namespace effgate
