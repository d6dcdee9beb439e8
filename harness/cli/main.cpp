#include <unistd.h>

#include <csignal>
#include <exception>
#include <string_view>

#include "harness/cli/program.h"

// Checkpoints are mapped, and the system answers with SIGBUS where another process has cut off the
// part that is looked at. The file is to blame then, not this program.
extern "C" void tell_of_shortened_file(int) {
  constexpr std::string_view kLine =
      "effgate: reading a file: it became shorter while it was being read\n";
  static_cast<void>(!::write(STDERR_FILENO, kLine.data(), kLine.size()));
  ::_exit(static_cast<int>(effgate::ExitCode::bad_input));
}

int main(int argc, char** argv) {
  std::signal(SIGBUS, tell_of_shortened_file);
  effgate::Console console = effgate::Console::standard();
  try {
    const effgate::Result<effgate::Places> places = effgate::find_places();
    if (!places.ok()) {
      console.print(places.error());
      return static_cast<int>(effgate::ExitCode::not_measured);
    }
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return static_cast<int>(effgate::run_program(arguments, effgate::all_commands(),
                                                 effgate::Context{console, *places}));
  } catch (const std::exception& failure) {
    // Libraries in use may throw where effgate does not expect it; memory may run out anywhere.
    console.print(effgate::Error{effgate::ErrorKind::bug, failure.what()});
    return static_cast<int>(effgate::ExitCode::not_measured);
  }
}
