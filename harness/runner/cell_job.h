#pragma once

#include <filesystem>
#include <string>

#include "harness/cell/protocol.h"
#include "harness/matrix/cell.h"
#include "harness/runner/launcher.h"

namespace effgate {

// What a cell is measured with, apart from drift, time, truth and memory. `input` is the source of
// an InputSpec.
CellJob job_of(const Cell& cell, const std::filesystem::path& checkpoint, const std::string& input,
               const std::string& adapter);

// The environment variables that a library must find when it is loaded: threads, passive waiting
// and instruction sets.
EnvironmentVariables process_environment(const Cell& cell, const std::filesystem::path& fixtures);

// All that was fixed for a cell, as JSON: the settings of its job, the variables that were set, and
// those of its kind that it inherited.
std::string environment_json(const CellEnvironment& settings,
                             const EnvironmentVariables& variables);

}  // namespace effgate
