#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/problem.h"
#include "harness/layout/candidates.h"

namespace effgate {

// What `effgate inspect` prints about one file beside its tensors.
struct Inspection {
  std::string file;
  std::uint64_t bytes = 0;
  std::string container;
  std::string writer;
  std::string layout;         // whose names the tensors have: "effdet", "zylo"; "" where nobody's
  std::string layout_detail;  // what else the names say: a generation of the layout
  std::vector<std::string> wrappers;  // keys and prefixes around the state dict and inside names
  std::vector<ModelCandidate> candidates;
  HeadCounts counts;
  std::vector<Problem> problems;
  std::vector<StateDictPlace> state_dicts;
  std::vector<std::string> other_entries;
  std::vector<std::string> inert_globals;
};

Inspection inspect_checkpoint(const Checkpoint& checkpoint);

}  // namespace effgate
