#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/doctor/load_error.h"
#include "harness/doctor/spellings.h"

namespace effgate {

// Keys of one list of a load error, bare of prefixes and without batch counters.
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
};

// A network that wrote a file and one that was built, as an explanation of a load error.
struct NetworkPair {
  const Spelling* file = nullptr;  // null: nothing of a known network is in the file
  const Spelling* model = nullptr;
  double cost = 0;
  // What the pair does not predict, as indices into the evidence.
  std::size_t unexplained = 0;
};

struct PairReading {
  NetworkPair best;
  // The networks of all pairs that explain as much, best first.
  std::vector<const Spelling*> files;
  std::vector<const Spelling*> models;
};

// The pair that leaves and assumes least: for every key that is seen and not predicted, or
// predicted and known not to be there, it pays; and for every difference between its networks.
// `model` limits what was built to one catalogue name ("" does not). The file's network is null
// where the evidence is that it has nothing of the model's.
PairReading read_network_pair(const LoadEvidence& evidence, const Spellings& spellings,
                              const std::string& model);

// Whether a key or a shape that the evidence has is predicted by the pair.
bool predicts_missing(const NetworkPair& pair, const Spellings& spellings, const std::string& key,
                      bool disjoint);
bool predicts_unexpected(const NetworkPair& pair, const Spellings& spellings,
                         const std::string& key, bool disjoint);
bool predicts_mismatch(const NetworkPair& pair, const Spellings& spellings,
                       const ShapeMismatch& mismatch);

}  // namespace effgate
