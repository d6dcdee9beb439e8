#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// Rewrites a checkpoint so that it fits a model, and proves it.
std::unique_ptr<Subcommand> repair_command();

}  // namespace effgate
