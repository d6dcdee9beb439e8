#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate run`: expands a suite, runs every cell in isolation, records it.
std::unique_ptr<Subcommand> run_command();

}  // namespace effgate
