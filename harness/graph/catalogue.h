#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"
#include "harness/graph/network.h"

namespace effgate {

// Every name of effdet's, in catalogue order; what they once meant is in history.h.
std::vector<std::string> model_names();

// The names of the networks as another implementation computes them; none for effdet.
std::vector<std::string> model_names_of(Implementation implementation);

// The full name for a name or a short form: "d7" and "tf_efficientdet_d7" give the latter,
// "zylo:d7" gives "zylo:tf_efficientdet_d7", "lite0@2020-06" "tf_efficientdet_lite0@2020-06". An
// unknown name is a usage error that names the nearest.
Result<std::string> resolve_model_name(std::string_view name);

// The configuration of a catalogue name (short forms allowed).
Result<ModelConfig> find_model(std::string_view name);

}  // namespace effgate
