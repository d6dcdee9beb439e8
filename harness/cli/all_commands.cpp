#include "harness/cli/bless_command.h"
#include "harness/cli/check_command.h"
#include "harness/cli/convert_command.h"
#include "harness/cli/detect_command.h"
#include "harness/cli/explain_command.h"
#include "harness/cli/export_command.h"
#include "harness/cli/forward_command.h"
#include "harness/cli/gate_command.h"
#include "harness/cli/inspect_command.h"
#include "harness/cli/libs_command.h"
#include "harness/cli/models_command.h"
#include "harness/cli/program.h"
#include "harness/cli/repair_command.h"
#include "harness/cli/report_command.h"
#include "harness/cli/run_command.h"

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
