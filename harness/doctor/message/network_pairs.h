#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/doctor/message/load_evidence.h"
#include "harness/doctor/message/spellings.h"

namespace effgate {

// A network that wrote a file and one that was built, as an explanation of a load error.
struct NetworkPair {
  const Spelling* file = nullptr;  // null: nothing of a known network is in the file
  const Spelling* model = nullptr;
  double cost = 0;
  // Keys and shapes of the evidence that the pair does not predict.
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
