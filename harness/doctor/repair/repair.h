#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/save.h"
#include "harness/doctor/cause.h"
#include "harness/layout/network_index.h"

namespace effgate {

// One thing done so that a file fits a model.
struct RepairStep {
  CauseCode cause = CauseCode::keys_nested;
  FixKind fix = FixKind::none;
  std::string summary;  // one sentence
  bool lossless = true;
  // What it left out, by the file's names; what it made, by the model's.
  std::vector<std::string> dropped;
  std::vector<std::string> made;
};

// A tensor of the repaired file and where its values are from.
struct RepairedTensor {
  TensorToSave tensor;
  const TensorEntry* source = nullptr;  // of the checkpoint; nullptr where it was made
};

// A state dict that fits the model, and how it came about. It borrows from the checkpoint and from
// `bytes`; moving keeps both valid.
struct Repair {
  Repair() = default;
  Repair(Repair&&) = default;
  Repair& operator=(Repair&&) = default;
  Repair(const Repair&) = delete;
  Repair& operator=(const Repair&) = delete;

  std::vector<RepairedTensor> tensors;  // all of the model's, in its order
  std::vector<RepairStep> steps;        // in the order in which they were done
  std::vector<Cause> remaining;         // what no rewriting mends, and what does not hinder loading
  std::deque<std::vector<std::byte>> bytes;

  bool lossless() const;
};

// Whether a repair is refused where this cause is found: no rewriting of the file undoes it.
bool hinders_repair(const Cause& cause);

// Undoes what `diagnosis` (of this checkpoint for `diagnosis.target`, a full model name) names, in
// its order. An error of kind refused says what stands in the way: another network, values that
// cannot be had, a change whose result could not be told from a wrong one. `next` is then a command
// that would help, where there is one.
Result<Repair> repair(const Checkpoint& checkpoint, const Diagnosis& diagnosis,
                      const NetworkIndex& networks);

}  // namespace effgate
