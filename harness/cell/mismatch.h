#pragma once

#include <string>
#include <vector>

#include "harness/cell/protocol.h"
#include "harness/layout/compare.h"

namespace effgate {

// The ending of a state dict that does not fit: its counts, and the likeliest cause by its code.
// `model` is the one asked for, `fitting` are those that the file does fit.
EndRecord mismatch_ending(const Comparison& comparison, const StoredState& state,
                          const std::string& model, const std::vector<std::string>& fitting);

// The counts of a comparison, and the first few keys of each kind.
void record_comparison(const Comparison& comparison, LoadRecord& record);

}  // namespace effgate
