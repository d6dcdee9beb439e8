#pragma once

#include <cstddef>
#include <span>

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/findings.h"

namespace effgate {

// Whether the file begins with the pickled number that torch's stream format begins with.
bool has_legacy_magic(std::span<const std::byte> bytes);

// Reads torch's stream format (the default before 1.6): five pickles (magic number, protocol
// version, system information, the object, the keys of the storages), then for each key an int64
// element count and the elements. `bytes` must outlive the findings. Errors as in
// read_torch_pickle.
Status read_torch_legacy(std::span<const std::byte> bytes, const OpenOptions& options,
                         Findings& findings);

// A pickle that torch.save did not write: nothing can be loaded from it, but what it would call is
// told.
void read_bare_pickle(std::span<const std::byte> bytes, Findings& findings);

}  // namespace effgate
