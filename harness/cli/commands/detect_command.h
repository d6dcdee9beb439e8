#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

std::unique_ptr<Subcommand> detect_command();

}  // namespace effgate
