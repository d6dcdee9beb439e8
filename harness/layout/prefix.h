#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/layout/compare.h"

namespace effgate {

// What wrappers (DataParallel, torch.compile, Lightning, a detection bench) put before every key,
// outermost first: {"module.", "model."}. Found from where the parts of known detectors (backbone,
// pyramid, heads) begin, so that any wrapper's name is recognised; in a file of something else,
// from the names that wrappers are known for. Empty where there is none; never more than 16.
std::vector<std::string> wrapper_prefixes(std::span<const std::string> names);

// `name` without the prefixes; unchanged where it does not start with all of them.
std::string_view without_prefixes(std::string_view name, std::span<const std::string> prefixes);

struct Unwrapped {
  StoredState state;
  std::vector<std::string> from_bench;  // keys that only a detection bench adds, left out
  std::vector<std::string> inner;       // wrappers taken out from inside names
};
// The state without the prefixes and without what wrappers of parts put inside names, in the same
// order; keys that do not begin with the prefixes keep what they begin with.
Unwrapped unwrapped(StoredState state, std::span<const std::string> prefixes);

}  // namespace effgate
