#pragma once

#include <optional>
#include <vector>

#include "harness/doctor/message/load_error_reading.h"

namespace effgate {

// Causes of a load error that keys tell by their form, whichever networks are known.

// Batch counters that one side has and the other, older than torch 0.4.1, does not.
std::optional<Cause> batches_tracked_cause(const LoadErrorReading& reading);

// What stands before the keys of one side, and around parts of them inside.
std::optional<Cause> inner_wrapper_cause(const LoadErrorReading& reading);
std::optional<Cause> prefix_cause(const LoadErrorReading& reading);
// Where the message shows only that the keys of a wrapped model are missing.
Cause likely_prefix_cause(const LoadErrorReading& reading);

// The state dict is a value of what was passed.
std::optional<Cause> nested_cause(const LoadErrorReading& reading);

// Other numbers of classes or anchors, told from the shapes of the predictors.
std::vector<Cause> count_causes(const LoadErrorReading& reading);

}  // namespace effgate
