#include "harness/cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "harness/base/text.h"

namespace effgate {
namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const Subcommands& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.emplace_back(command->name());
  return names;
}

const CLI::App* chosen_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? &app : chosen.front();
}

Error usage_error(const std::string& message, const std::string& where) {
  return Error{ErrorKind::usage, message, "effgate " + where + "--help"};
}

// A command line that does not parse, told in one line with the nearest valid names.
Error explain_parse_error(const CLI::ParseError& failure, const CLI::App& app,
                          const Subcommands& commands) {
  const CLI::App& at = *chosen_command(app);
  const std::string where = &at == &app ? "" : at.get_name() + " ";
  const std::vector<std::string> extras = app.remaining(true);
  if (!extras.empty() && &at == &app) {
    return usage_error(fmt::format("'{}' is not a command{}", extras.front(),
                                   did_you_mean(extras.front(), command_names(commands))),
                       where);
  }
  if (!extras.empty()) {
    const std::string typed = extras.front().substr(0, extras.front().find('='));
    return usage_error(fmt::format("{}: unexpected argument '{}'{}", at.get_name(), extras.front(),
                                   did_you_mean(typed, option_names(at))),
                       where);
  }
  std::string message = failure.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  return usage_error(where.empty() ? message : at.get_name() + ": " + message, where);
}

// The options every command takes, before or after its name.
void declare_everywhere(CLI::App& app, bool& quiet) {
  app.add_flag("--quiet", quiet, "No progress on standard error");
  app.set_help_flag("--help,-h", "Show this help");
}

ExitCode run_command(Subcommand& command, const Context& context) {
  const Result<ExitCode> outcome = command.run(context);
  if (!outcome.ok()) {
    context.console.print(outcome.error());
    return exit_code_for(outcome.error().kind, command.subject());
  }
  if (!context.console.out_is_good()) {
    context.console.print(Error{ErrorKind::io, "writing to standard output: it refused"});
    return ExitCode::not_measured;
  }
  return *outcome;
}

}  // namespace

ExitCode exit_code_for(ErrorKind kind, Subject subject) {
  switch (kind) {
    case ErrorKind::usage: return ExitCode::usage;
    case ErrorKind::malformed:
    case ErrorKind::truncated:
    case ErrorKind::unsafe:
    case ErrorKind::not_found:
    case ErrorKind::io:
    case ErrorKind::refused:
      return subject == Subject::input_file ? ExitCode::bad_input : ExitCode::not_measured;
    case ErrorKind::unsupported:
    case ErrorKind::out_of_memory:
    case ErrorKind::timed_out:
    case ErrorKind::library:
    case ErrorKind::bug: return ExitCode::not_measured;
  }
  return ExitCode::not_measured;
}

ExitCode run_program(const std::vector<std::string>& arguments, const Subcommands& commands,
                     const Context& context) {
  CLI::App app("Shows what a library upgrade does to a stored EfficientDet checkpoint.", "effgate");
  bool quiet = false;
  declare_everywhere(app, quiet);
  app.set_version_flag("--version", std::string("effgate ") + EFFGATE_VERSION);
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, Subcommand*>> declared;
  for (const auto& command : commands) {
    CLI::App* sub = app.add_subcommand(std::string(command->name()), std::string(command->help()));
    declare_everywhere(*sub, quiet);
    command->declare(*sub);
    declared.emplace_back(sub, command.get());
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    context.console.out() << app.help();
    return ExitCode::done;
  } catch (const CLI::CallForVersion& version) {
    context.console.out() << version.what() << '\n';
    return ExitCode::done;
  } catch (const CLI::ParseError& failure) {
    context.console.print(explain_parse_error(failure, app, commands));
    return ExitCode::usage;
  }
  context.console.set_quiet(quiet);
  for (const auto& [sub, command] : declared)
    if (sub->parsed()) return run_command(*command, context);
  return ExitCode::usage;
}

}  // namespace effgate
