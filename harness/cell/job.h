#pragma once

#include "harness/backend/library.h"
#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/cell/records.h"

namespace effgate {

// Runs a job to its end and records what is found as soon as it is known, the EndRecord last.
// Running out of memory is an ending too. An error only where the record file cannot be written.
Status run_job(const CellJob& job, const Library& library, RecordFile& records);

// The ending of a job whose library could not be loaded.
Status record_missing_library(const Error& error, RecordFile& records);

}  // namespace effgate
