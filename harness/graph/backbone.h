#pragma once

#include <vector>

#include "harness/graph/builder.h"
#include "harness/graph/config.h"

namespace effgate {

// Declares and calls the backbone on the image; the features P3, P4, P5 in this order.
std::vector<ValueId> build_backbone(NetworkBuilder& builder, const BackboneConfig& config);

}  // namespace effgate
