#pragma once

#include <cstddef>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/repair/repair.h"
#include "harness/graph/graph.h"

namespace effgate {

// What was seen in a repaired file, by reading it again.
struct RepairProof {
  std::size_t tensors = 0;
  std::size_t same_bytes = 0;   // those of the source, bit for bit
  std::size_t same_values = 0;  // in a wider or narrower dtype, no value changed
  std::size_t made = 0;         // not of the source
};

// Compares the file that was written with the one it was made from and with the model's schema:
// strict loading accepts it with nothing to cast or supply, every tensor has its source's values,
// no tensor of the source is left out that no step names, and every number is finite. An error of
// kind refused says what is not so.
Result<RepairProof> prove_repair(const Checkpoint& source, const Checkpoint& written,
                                 const Repair& repair, std::span<const ParamSpec> schema);

}  // namespace effgate
