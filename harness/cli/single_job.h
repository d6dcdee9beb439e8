#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/cell/protocol.h"
#include "harness/cli/places.h"
#include "harness/library/catalogue.h"
#include "harness/process/stop.h"

namespace effgate {

// What one cell process told before it ended.
struct JobAnswer {
  std::vector<CellRecordLine> records;
  // The last record, or what its absence means: "crash", "timeout" with the sentence why.
  EndRecord end;
  std::string error_output;  // the tail of standard error
};

// Runs one job in a fresh effgate-cell and waits for it, at most `limit_s` seconds. An Error means
// that the process could not be started; everything it does itself is in the answer.
Result<JobAnswer> run_single_job(const Places& places, const CellJob& job, double limit_s,
                                 const StopRequest* stop);

// The error of a job that did not end as measured: malformed where the file is at fault, else
// library. `what` says what was being done.
Error failure_of(const JobAnswer& answer, std::string_view what);

}  // namespace effgate
