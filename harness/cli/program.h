#pragma once

#include <string>
#include <vector>

#include "harness/cli/subcommand.h"

namespace effgate {

// Runs one command line (without the program's name) and gives the exit code. Everything the
// program prints goes through the context's console.
ExitCode run_program(const std::vector<std::string>& arguments, const Subcommands& commands,
                     const Context& context);

// Every command, in the order of the help.
Subcommands all_commands();

}  // namespace effgate
