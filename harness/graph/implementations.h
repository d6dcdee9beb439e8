#pragma once

#include <span>
#include <string_view>

#include "harness/graph/config.h"

namespace effgate {

// An implementation that computes something else than effdet with the same weights. Its networks
// have effdet's catalogue names with `prefix` before them: "zylo:tf_efficientdet_d0".
struct OtherImplementation {
  Implementation implementation;
  std::string_view prefix;
  std::span<const std::string_view> models;  // effdet's names of the sizes that it has
};
std::span<const OtherImplementation> other_implementations();

// The network that `other` makes of effdet's configuration of one of its models.
ModelConfig as_built_by(const OtherImplementation& other, ModelConfig config);

}  // namespace effgate
