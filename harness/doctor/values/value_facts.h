#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/interpretation.h"
#include "harness/doctor/values/norm_facts.h"
#include "harness/graph/config.h"

namespace effgate {

// "backbone", "pyramid", "class head", "box head" of a name of effdet's; "" for any other.
std::string_view part_of(std::string_view name);

// A part of the network whose values are those that it was constructed with.
struct UntrainedPart {
  std::string_view part;
  bool predictor_only = false;  // the last convolution alone
  std::vector<std::string> evidence;
};

// What the values of a state dict say.
struct ValueFacts {
  std::vector<std::string> nonfinite;  // tensors that hold NaN or infinity, as the file names them
  // Tensors with larger numbers than float16 holds, each with its largest: those that training
  // leaves in no network, and those that it may.
  std::vector<std::string> exploded, beyond_half;
  NormFacts norms;
  std::vector<UntrainedPart> untrained;
};
// Every floating element of the chosen state dict is looked at, in at most twice the file's bytes;
// the distribution of weights is that of at most 2048 a tensor. `network` is what is to compute
// with them.
ValueFacts value_facts(const Checkpoint& checkpoint, const Interpretation& interpretation,
                       const ModelConfig& network);

}  // namespace effgate
