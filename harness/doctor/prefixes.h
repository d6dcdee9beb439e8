#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/layout/compare.h"

namespace effgate {

// What stands before every key of a detector, outermost first: {"module.", "model."}. It is found
// from where the parts of known detectors (backbone, pyramid, heads) begin, so that any wrapper's
// name is recognised. Empty where most keys have none.
std::vector<std::string> detector_prefixes(std::span<const std::string> names);

struct Stripped {
  StoredState state;
  std::vector<std::string> from_bench;  // keys that only a detection bench adds, left out
};
// The state without the prefixes; keys that do not begin with them stay as they are.
Stripped stripped(const StoredState& state, std::span<const std::string> prefixes);

}  // namespace effgate
