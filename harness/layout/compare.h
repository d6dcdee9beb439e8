#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/graph/graph.h"

namespace effgate {

// What a strict comparison needs to know of a state dict, apart from its values.
struct StoredState {
  std::vector<ParamSpec> tensors;   // in file order
  std::vector<std::string> others;  // keys that hold no tensor
  // `_metadata`: module path → version; empty where the file carries none.
  std::unordered_map<std::string, std::int64_t> module_versions;
};
StoredState stored_state(const Checkpoint& checkpoint);

struct ShapeMismatch {
  std::string key;
  std::vector<std::int64_t> file;
  std::vector<std::int64_t> model;

  friend bool operator==(const ShapeMismatch&, const ShapeMismatch&) = default;
};

struct DTypeDifference {
  std::string key;
  DType file;
  DType model;

  friend bool operator==(const DTypeDifference&, const DTypeDifference&) = default;
};

// What Python's strict load_state_dict would complain about, each list in Python's order.
struct Comparison {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<ShapeMismatch> mismatched;
  std::vector<std::string> not_tensors;  // keys of the model that hold something else in the file

  // Not complaints of Python's: it casts in silence, and supplies num_batches_tracked itself where
  // the module's version is below 2 or unknown.
  std::vector<DTypeDifference> dtypes;
  std::vector<std::string> supplied;

  bool loads() const {
    return missing.empty() && unexpected.empty() && mismatched.empty() && not_tensors.empty();
  }
};

// `expected` is the model's schema in Python module order.
Comparison compare_strictly(const StoredState& state, std::span<const ParamSpec> expected);

// "24 missing, 1058 unexpected and 650 mismatched keys"; "" where it loads.
std::string summary(const Comparison& comparison);

}  // namespace effgate
