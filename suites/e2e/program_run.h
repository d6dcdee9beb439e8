#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/files.h"
#include "harness/process/command.h"

namespace effgate {

// What one call of the real program did.
struct ProgramRun {
  int exit_code = -1;  // -1: it was ended by a signal
  std::string out;
  std::string err;
};

// A scratch folder with homes of its own for libraries and cache, and the real program from the
// build folder, called as a person would call it.
class ProgramFixture {
 public:
  ProgramFixture();

  // `environment` is added to the caller's.
  ProgramRun run(const std::vector<std::string>& arguments,
                 std::vector<std::pair<std::string, std::string>> environment = {}) const;
  // The same, and sends `signal` once the text stands on standard error.
  ProgramRun run_until(const std::vector<std::string>& arguments, const std::string& text,
                       int signal) const;
  std::filesystem::path in(const std::string& name) const { return directory_.path() / name; }
  // Writes a file into the scratch folder and gives its path.
  std::string write(const std::string& name, const std::string& content) const;

  // The file of a recipe's checkpoint, made where it is not in the cache yet. `model` in full.
  std::string recipe_checkpoint(const std::string& model) const;

  // The fixtures folder of the source tree.
  static std::filesystem::path fixtures();
  // The build folder.
  static std::filesystem::path build();
  // Lets the program see the libraries that are installed on this machine instead of none.
  void use_installed_libraries() { own_home_ = false; }

 private:
  Command command(const std::vector<std::string>& arguments,
                  std::vector<std::pair<std::string, std::string>> environment) const;

  TemporaryDirectory directory_;
  bool own_home_ = true;
};

}  // namespace effgate
