#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate inspect FILE [--json] [--verify]`: what a file is and what is wrong with it.
std::unique_ptr<Subcommand> inspect_command();

}  // namespace effgate
