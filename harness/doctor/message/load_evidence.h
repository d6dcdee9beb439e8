#pragma once

#include <string>
#include <vector>

#include "harness/doctor/message/load_error.h"
#include "harness/doctor/message/spellings.h"

namespace effgate {

// Keys of one list of a load error, bare of prefixes and wrappers and without batch counters.
struct KeyEvidence {
  std::vector<std::string> keys;
  // Whether a key that is not among `keys` is known not to be in the list: all keys of a complete
  // list, or those up to the last of its first `leading` keys.
  bool complete = false;
  std::size_t leading = 0;
};

struct ShapeEvidence {
  std::vector<ShapeMismatch> shapes;
  bool none = false;        // no shape differs, as far as strict loading gets
  std::size_t leading = 0;  // so many of `shapes` are the first ones, without a gap
};

struct LoadEvidence {
  KeyEvidence missing;
  KeyEvidence unexpected;
  ShapeEvidence mismatched;
  // The prefixes of file and model differ, so that no key of one is a key of the other.
  bool disjoint = false;
  std::vector<std::string> file_prefix, model_prefix;  // outermost first
  // Wrappers of parts inside names. Names that only they tell apart are no evidence.
  std::vector<std::string> file_inner, model_inner;
  std::vector<std::string> missing_counters, unexpected_counters;  // of batches, bare
};

LoadEvidence collect_evidence(const LoadError& error, const Spellings& spellings);

}  // namespace effgate
