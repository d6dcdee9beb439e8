#include "harness/cli/shortened_file.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

#include "harness/cli/subcommand.h"

namespace effgate {
namespace {

// Only what may be called in the middle of anything.
extern "C" void end_as_bad_input(int) {
  constexpr std::string_view kLine =
      "effgate: reading a file: it became shorter while it was being read\n";
  static_cast<void>(!::write(STDERR_FILENO, kLine.data(), kLine.size()));
  ::_exit(static_cast<int>(ExitCode::bad_input));
}

}  // namespace

void tell_of_shortened_files() { std::signal(SIGBUS, end_as_bad_input); }

}  // namespace effgate
