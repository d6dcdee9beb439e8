#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/doctor/cause.h"
#include "harness/layout/compare.h"
#include "harness/layout/head_counts.h"
#include "harness/layout/network_index.h"

namespace effgate {

// A way in which a network's state dict has differed under one name.
struct Alteration {
  CauseCode code;
  bool (*applies)(const ModelConfig&);
  void (*apply)(ModelConfig&);
};
std::span<const Alteration> alterations();

// One explanation of names and shapes: a network, altered, with the file's own counts.
struct Reading {
  const Network* network = nullptr;
  std::vector<CauseCode> altered;
  ModelConfig config;
  Comparison remaining;  // what it leaves unexplained
  double share = 0;      // of the file's tensors that it explains
};

// The explanation that leaves least and assumes least. `target` (may be null) is preferred where
// it explains as much. nullptr network where there are no tensors.
Reading best_reading(const StoredState& state, const NetworkIndex& networks, const Network* target);

}  // namespace effgate
