#include "harness/cli/places.h"

#include <cstdlib>

#include "harness/base/text.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

fs::path cache_folder() {
  if (const fs::path own = from_environment("EFFGATE_CACHE"); !own.empty()) return own;
  if (const fs::path xdg = from_environment("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "effgate";
  if (const fs::path home = from_environment("HOME"); !home.empty())
    return home / ".cache" / "effgate";
  return fs::temp_directory_path() / "effgate-cache";
}

}  // namespace

Result<Places> find_places() {
  EFFGATE_ASSIGN(Installation installation, find_installation());
  return Places{std::move(installation), cache_folder()};
}

std::string command_text(const std::vector<std::string>& arguments) {
  std::string line = "effgate";
  for (const std::string& argument : arguments) line += " " + shell_quoted(argument);
  return line;
}

}  // namespace effgate
