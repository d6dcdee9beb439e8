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

// What effdet's names and the shapes under them say of a network, whatever network it is.
struct KeyFacts {
  std::size_t convs = 0;                          // of pyramid and heads, with a batch norm behind
  std::size_t biases = 0;                         // of these
  std::size_t level_first = 0, repeat_first = 0;  // norms of the heads, by the order of their names
  // Of pyramid and heads.
  std::optional<std::int64_t> channels;
  int cells = 0, repeats = 0;
  HeadCounts counts;

  bool has_redundant_bias() const { return 2 * biases > convs; }
};
KeyFacts key_facts(std::span<const ParamSpec> tensors);

// A way in which a network's state dict may differ from the catalogue's.
struct Alteration {
  CauseCode code;
  void (*apply)(ModelConfig&);
  bool (*suggested)(const KeyFacts&, const ModelConfig&);  // by a file
};
std::span<const Alteration> alterations();

// One explanation of names and shapes: a network, altered, with the file's own counts.
struct Reading {
  const Network* network = nullptr;
  std::vector<CauseCode> altered;  // arch_variant: a pyramid of another size than the network's
  ModelConfig config;
  Comparison remaining;       // what it leaves unexplained
  std::size_t named = 0;      // tensors of the file whose names it has
  std::size_t explained = 0;  // those whose shapes it has too

  bool is_altered(CauseCode code) const;
};

// The explanation of a detector's state that leaves least and assumes least. Of two that explain
// as much it is the one of `target` (may be null). REQUIRES: tensors.
Reading read_detector(const StoredState& state, const NetworkIndex& networks,
                      const Network* target);
// The same for a state of which only what begins with "backbone." is a network's.
Reading read_backbone(const StoredState& state, const NetworkIndex& networks,
                      const Network* target);

// Batch counters are supplied or asked for by rules of their own.
bool is_counter(std::string_view name);

}  // namespace effgate
