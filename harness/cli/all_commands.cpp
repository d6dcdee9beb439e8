#include "harness/cli/commands/bless_command.h"
#include "harness/cli/commands/check_command.h"
#include "harness/cli/commands/convert_command.h"
#include "harness/cli/commands/detect_command.h"
#include "harness/cli/commands/explain_command.h"
#include "harness/cli/commands/export_command.h"
#include "harness/cli/commands/forward_command.h"
#include "harness/cli/commands/gate_command.h"
#include "harness/cli/commands/inspect_command.h"
#include "harness/cli/commands/libs_command.h"
#include "harness/cli/commands/models_command.h"
#include "harness/cli/commands/repair_command.h"
#include "harness/cli/commands/report_command.h"
#include "harness/cli/commands/run_command.h"
#include "harness/cli/program.h"

namespace effgate {

Subcommands all_commands() {
  using Maker = std::unique_ptr<Subcommand> (*)();
  constexpr Maker kMakers[] = {check_command,   run_command,    gate_command,    bless_command,
                               report_command,  export_command, inspect_command, explain_command,
                               convert_command, repair_command, forward_command, detect_command,
                               models_command,  libs_command};
  Subcommands commands;
  for (const Maker make : kMakers) commands.push_back(make());
  return commands;
}

}  // namespace effgate
