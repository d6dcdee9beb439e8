#pragma once

#include <optional>
#include <string_view>

#include "harness/graph/config.h"

namespace effgate {

// The backbone of a timm name, scaled; none for a name that is not in the table.
std::optional<BackboneConfig> find_backbone(std::string_view name);

}  // namespace effgate
