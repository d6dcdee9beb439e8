#pragma once

#include <string>
#include <vector>

#include "harness/cell/protocol.h"
#include "harness/graph/config.h"
#include "harness/layout/compare.h"

namespace effgate {

// The ending of a state dict that does not fit: its counts, and what shows at once: tensors that it
// lacks, that it has too many, or other numbers of classes or anchors. The cause is for `explain`
// to find, and a run records it instead. `fitting` are the models that the file does fit.
EndRecord mismatch_ending(const Comparison& comparison, const StoredState& state,
                          const ModelConfig& model, const std::vector<std::string>& fitting);

// The counts of a comparison, and the first few keys of each kind.
void record_comparison(const Comparison& comparison, LoadRecord& record);

}  // namespace effgate
