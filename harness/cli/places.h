#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/library/installation.h"

namespace effgate {

// Where the program finds its own files and keeps what it can make again.
struct Places {
  Installation installation;
  std::filesystem::path cache;  // recipes and truths; may be deleted at any time

  std::filesystem::path suites() const { return installation.share / "suites"; }
  std::filesystem::path fixtures() const { return installation.share / "fixtures"; }
};

// The cache is EFFGATE_CACHE, else XDG_CACHE_HOME/effgate, else HOME/.cache/effgate.
Result<Places> find_places();

// "effgate" followed by each argument, quoted so that it can be pasted into a shell.
std::string command_text(const std::vector<std::string>& arguments);

}  // namespace effgate
