#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/cli/console.h"
#include "harness/cli/places.h"

namespace effgate {

// The exit codes of the contract.
enum class ExitCode : int {
  done = 0,
  closed = 1,  // the gate is closed, or causes were found
  usage = 2,
  not_measured = 3,
  not_enough_evidence = 4,
  bad_input = 5,
  interrupted = 130,
};

// How an error that reaches the top ends the program. `subject` says whether the error came from
// an input file the user named (5) or from a library, device, disk or database (3).
enum class Subject { input_file, machine };
ExitCode exit_code_for(ErrorKind kind, Subject subject);

// What every command may use.
struct Context {
  Console& console;
  const Places& places;
};

// One command of the program: its name, its line of help, its options, and what it does. It prints
// results through the console; an Error it returns is printed by the program, which also exits.
class Subcommand {
 public:
  virtual ~Subcommand() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view help() const = 0;
  virtual void declare(CLI::App& app) = 0;
  virtual Result<ExitCode> run(const Context& context) = 0;
  // Whether an error of `run` speaks of an input file.
  virtual Subject subject() const { return Subject::machine; }
};

using Subcommands = std::vector<std::unique_ptr<Subcommand>>;

}  // namespace effgate
