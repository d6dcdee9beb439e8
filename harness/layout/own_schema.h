#pragma once

#include <vector>

#include "harness/graph/network.h"
#include "harness/layout/naming.h"

namespace effgate {

// The graph calls every parameter as effdet does, whoever's network it is: names are translated
// once, where a file meets a network, and no room behind that knows of a second naming.

// The layout of the files that a model's own implementation writes.
Layout own_layout(const ModelConfig& model);

// Its state dict: what a strict comparison with a file of the model's own takes. Names and module
// order of the implementation, with what its network never reads.
std::vector<ParamSpec> own_schema(const ModelConfig& model, const ModelOverrides& overrides = {});

}  // namespace effgate
