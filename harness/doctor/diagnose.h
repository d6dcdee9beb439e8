#pragma once

#include <optional>
#include <string>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/doctor/cause.h"
#include "harness/layout/network_index.h"

namespace effgate {

// Why a checkpoint does not load into the model, or loads and is wrong; without a model, what it
// is. Checksums are checked as far as the checkpoint was opened with. The only error is a usage
// error: a model that is not in the catalogue.
Result<Diagnosis> diagnose_checkpoint(const Checkpoint& checkpoint, const NetworkIndex& networks,
                                      const std::optional<std::string>& model);

}  // namespace effgate
