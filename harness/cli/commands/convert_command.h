#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate convert FILE -o FILE`: the same weights under other names, in another dtype or format.
std::unique_ptr<Subcommand> convert_command();

}  // namespace effgate
