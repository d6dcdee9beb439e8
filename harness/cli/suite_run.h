#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/cli/subcommand.h"
#include "harness/matrix/expand.h"
#include "harness/matrix/suite.h"
#include "harness/process/stop.h"
#include "harness/runner/runner.h"
#include "harness/verdict/policy.h"

namespace effgate {

// What `run` and `check` ask for beyond the suite itself.
struct SuiteRequest {
  std::filesystem::path database;
  std::vector<std::string> only_libraries;  // patterns; all where empty
  std::string only;                         // expression over cells, or ""
  std::string shard;                        // "I/N", or ""
  int jobs = 1;
  bool resume = false;
  std::string arguments;  // the command line, as it is recorded
  std::function<std::string(const Cell&)> reproduce;
};

// A suite with its cells, the libraries that are ready for them, and its policy.
struct PreparedSuite {
  Suite suite;
  Policy policy;
  std::vector<RunLibrary> libraries;
  Expansion expansion;
  // A library that was asked for is not there or not ready; the others go on, and the program
  // ends with "could not measure".
  std::vector<Error> failures;
};

// Reads the policy (the default one where the suite names none), readies the libraries and expands
// the matrix. Usage errors of policy, suite, expression and shard end here; nothing has run.
Result<PreparedSuite> prepare_suite(const Context& context, Suite suite,
                                    const SuiteRequest& request, const StopRequest& stop);

PreparationPlaces preparation_places(const Places& places);

// Runs the cells and records them in the request's database.
Result<RunSummary> run_prepared(const Context& context, const PreparedSuite& prepared,
                                const SuiteRequest& request, const StopRequest& stop);

// The exit code of a run that came to its end: 3 where a library failed or a cell could not be
// prepared, 130 where it was stopped.
ExitCode exit_code_of(const PreparedSuite& prepared, const RunSummary& summary);

// The page of a recorded run, where `page` is not empty.
Status write_report(const std::filesystem::path& database, RunId run,
                    const std::filesystem::path& page);

}  // namespace effgate
