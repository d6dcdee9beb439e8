#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate models [NAME] [--json] [--keys]`: the model catalogue.
std::unique_ptr<Subcommand> models_command();

}  // namespace effgate
