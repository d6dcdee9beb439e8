#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate libs [list | add SPEC… [--cuda] | remove NAME | check] [--json]`: the libraries here.
std::unique_ptr<Subcommand> libs_command();

}  // namespace effgate
