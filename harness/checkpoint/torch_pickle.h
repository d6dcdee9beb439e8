#pragma once

#include "harness/base/result.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/findings.h"
#include "harness/checkpoint/pickle.h"
#include "harness/checkpoint/torch_tensor.h"

namespace effgate {

// Takes what a pickle of torch describes into the findings: what it would call, which state dicts
// it holds, and the tensors of the chosen one. Problems are reported there; the only error is a key
// (options.key) that the file has not.
Status read_torch_pickle(const Unpickled& pickle, const StorageSource& storages,
                         const OpenOptions& options, Findings& findings);

// Reports what unpickling would call, also where the pickle ends in an error.
void report_calls(const Unpickled& pickle, bool torch_archive, Findings& findings);

}  // namespace effgate
