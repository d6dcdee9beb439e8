#pragma once

#include <optional>

#include "harness/base/result.h"
#include "harness/cell/endings.h"
#include "harness/cell/weights.h"
#include "harness/graph/config.h"

namespace effgate {

// What reading a checkpoint into a model came to: weights that fit, or the ending that says why
// there are none. The record is there wherever tensors were read.
struct Loaded {
  std::optional<LoadRecord> record;
  std::optional<Weights> weights;
  std::optional<EndRecord> ending;
};

// Reads the job's checkpoint with our reader and compares it strictly with the model.
Loaded load_by_effgate(const CellJob& job, const ModelConfig& model);

// Lets the library's own loaders read it, compares their tensors bit by bit with those of our
// reader where it can read the file, and compares them strictly with the model.
Loaded load_by_library(const CellJob& job, const ModelConfig& model, Session& session);

}  // namespace effgate
