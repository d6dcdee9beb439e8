#pragma once

#include <string_view>

#include "harness/backend/backend.h"
#include "harness/backend/reference/session.h"
#include "harness/backend/reference/tensor.h"
#include "harness/base/result.h"

namespace effgate {

// The truth: plain C++ with double accumulation, on the CPU, bit-equal for any thread count. It
// has every function of the table but the library's own loaders.
const effgate_backend* reference_backend();

// A reference session that checks shapes and does no work; tensors have no memory, copy_out gives
// zeros. Closed by the table's session_close.
effgate_code open_dry_session(const effgate_environment* environment, effgate_session** out,
                              effgate_text error);

// What the reference's handles point to.
ReferenceSession& reference_session(effgate_session* session);
ReferenceTensor& reference_tensor(effgate_tensor* tensor);

// Writes the error's text and gives its code: usage is invalid, unsupported and out_of_memory are
// themselves, everything else is a library error.
effgate_code report(const Error& failure, effgate_text error);
void write_text(std::string_view text, effgate_text to);

}  // namespace effgate
