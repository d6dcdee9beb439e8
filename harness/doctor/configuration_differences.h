#pragma once

#include <string>
#include <vector>

#include "harness/graph/config.h"

namespace effgate {

// What two networks of the same keys and shapes compute differently, a phrase each: "anchor scale 4
// and 5". Preprocessing and image size, which no weights depend on, are not among them; none where
// the same is computed.
std::vector<std::string> configuration_differences(const ModelConfig& first,
                                                   const ModelConfig& second);

}  // namespace effgate
