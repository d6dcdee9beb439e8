#include <exception>

#include "harness/cli/program.h"
#include "harness/cli/shortened_file.h"

int main(int argc, char** argv) {
  effgate::tell_of_shortened_files();
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
