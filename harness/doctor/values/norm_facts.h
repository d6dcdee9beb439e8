#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/doctor/values/state_values.h"
#include "harness/graph/config.h"
#include "harness/layout/compare.h"

namespace effgate {

// A batch norm of whose channels many give one number whatever comes in: their weight and bias are
// 0, or their running variance, which an input that never changed leaves.
struct DeadNorm {
  std::string module;  // as effdet names it
  std::size_t dead = 0, channels = 0;
  // What the image reaches only through it, "class/3", where all its channels are dead.
  std::vector<std::string> outputs;
};

// What the batch norms of a state dict hold that training does not leave in them.
struct NormFacts {
  // Running variances by effdet's names: those whose sum with epsilon has no root or no inverse,
  // and those that are negative by less.
  std::vector<std::string> impossible_variances, negative_variances;
  std::vector<DeadNorm> dead;  // those that outputs hang on first
};
// `network` is what computes with them. A trained network has dead channels too: norms are named
// from half of their channels on.
NormFacts norm_facts(const StoredState& state, const StateValues& values,
                     const ModelConfig& network);

}  // namespace effgate
