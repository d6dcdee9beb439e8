#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate report`: the HTML page of a recorded run.
std::unique_ptr<Subcommand> report_command();

}  // namespace effgate
