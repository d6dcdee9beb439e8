#pragma once

#include <optional>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/network_distance.h"
#include "harness/layout/conversion.h"

namespace effgate {

// What it makes of the network's outputs that one implementation's weights now run in another's:
// see network_distance.h. nullopt where both layouts are of one implementation, and where no cell
// can build the network (a part of one, or another number of anchors than its own).
Result<std::optional<NetworkDistance>> convert_difference(const Places& places,
                                                          const Checkpoint& source,
                                                          const Conversion& conversion,
                                                          const std::filesystem::path& output,
                                                          const StopRequest* stop);

}  // namespace effgate
