#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate bless --db FILE NAME`: names a recorded run, for `effgate gate --baseline NAME`.
std::unique_ptr<Subcommand> bless_command();

}  // namespace effgate
