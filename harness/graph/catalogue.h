#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"
#include "harness/graph/network.h"

namespace effgate {

// Every catalogue name, in catalogue order.
std::vector<std::string> model_names();

// The full name for a name or a short form: "d7" and "tf_efficientdet_d7" give the latter. An
// unknown name is a usage error that names the nearest.
Result<std::string> resolve_model_name(std::string_view name);

// The configuration of a catalogue name (short forms allowed).
Result<ModelConfig> find_model(std::string_view name);

}  // namespace effgate
