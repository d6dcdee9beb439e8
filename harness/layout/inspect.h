#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/dtype.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/problem.h"

namespace effgate {

struct InspectedTensor {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;
};

// What `effgate inspect` prints about one file.
struct Inspection {
  std::string file;
  std::uint64_t bytes = 0;
  std::string container;
  std::string writer;
  std::string layout;  // whose names the tensors have: "effdet", "zylo"; "" where nobody's
  std::vector<InspectedTensor> tensors;
  std::vector<std::string> wrappers;  // keys and prefixes around the state dict, outermost first
  std::optional<std::int64_t> num_classes;  // of an effdet class head
  std::vector<std::string> candidates;  // catalogue names that it fits, once its names are effdet's
  std::vector<Problem> problems;
  std::vector<StateDictPlace> state_dicts;
  std::vector<std::string> other_entries;
  std::vector<std::string> inert_globals;
};

Inspection inspect_checkpoint(const Checkpoint& checkpoint);

}  // namespace effgate
