#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate explain`: why a checkpoint does not load, or loads and is wrong.
std::unique_ptr<Subcommand> explain_command();

}  // namespace effgate
