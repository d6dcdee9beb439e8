#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/graph/builder.h"
#include "harness/graph/config.h"

namespace effgate {

// Declares a head (`path` is class_net or box_net) and calls it on every level of the pyramid,
// finest first; `outputs_per_anchor` channels for each anchor of a cell.
std::vector<ValueId> build_head(NetworkBuilder& builder, const ModelConfig& config,
                                const std::string& path, std::int64_t outputs_per_anchor,
                                const std::vector<ValueId>& features);

}  // namespace effgate
