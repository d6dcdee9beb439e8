#pragma once

#include <optional>
#include <string>

#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/cause.h"
#include "harness/layout/network_index.h"

namespace effgate {

// Why a checkpoint does not load into the model, or loads and is wrong; without a model, what it
// is. `model` is a full catalogue name. Checksums are checked as far as the checkpoint was opened
// with.
Diagnosis diagnose_checkpoint(const Checkpoint& checkpoint, const NetworkIndex& networks,
                              const std::optional<std::string>& model);

}  // namespace effgate
