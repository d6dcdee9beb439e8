#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/runner/launcher.h"
#include "harness/store/cell_status.h"

namespace effgate {

// A cell's status with its reason code and sentence.
struct CellEnding {
  CellStatus status = CellStatus::pass;
  std::string reason;
  std::string message;
};

// The one place that turns the end of a job into a status of the contract. A job that measured
// everything is `pass` here; the policy says whether it is drift.
CellEnding ending_of(const JobEnd& end, double timeout_s);

// For a checkpoint whose own network could not be told. In a file that is there it is the state
// dict that was not found.
CellEnding ending_of_unknown_model(const Error& error, const std::filesystem::path& file);

}  // namespace effgate
