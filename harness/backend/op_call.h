#pragma once

#include <span>

#include "harness/backend/library.h"
#include "harness/graph/graph.h"

namespace effgate {

// The one library call that an operation stands for. `operands` are its inputs, then its
// parameters. An operation in place leaves *out null. A function that the library's table lacks is
// EFFGATE_UNSUPPORTED.
effgate_code call_operation(const Session& session, const Op& op,
                            std::span<effgate_tensor* const> operands, effgate_tensor** out,
                            effgate_text error);

}  // namespace effgate
