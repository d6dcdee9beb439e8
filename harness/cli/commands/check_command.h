#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate check`: the whole answer for one checkpoint without a suite file.
std::unique_ptr<Subcommand> check_command();

}  // namespace effgate
