#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate forward`: one forward pass in one library, outputs as safetensors.
std::unique_ptr<Subcommand> forward_command();

}  // namespace effgate
