#pragma once

#include <memory>

#include "harness/cli/subcommand.h"

namespace effgate {

// `effgate gate`: one verdict on an upgrade or a night, with the proof.
std::unique_ptr<Subcommand> gate_command();

}  // namespace effgate
