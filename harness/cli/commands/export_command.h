#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate export`: a recorded run for other tools.
std::unique_ptr<Subcommand> export_command();

}  // namespace effgate
