#pragma once

#include <cstddef>
#include <vector>

#include "harness/graph/graph.h"

namespace effgate {

// The float32 bytes that a tensor of a head's predictor begins training with, after effdet's own
// initialisation: normal weights of variance 1 over the fan-in (0.01 deviation where the head's
// convolutions are not separable), class biases at the logit of a probability of 0.01, box biases
// at 0. The same tensor always gets the same numbers.
std::vector<std::byte> fresh_predictor(const ParamSpec& param);

}  // namespace effgate
