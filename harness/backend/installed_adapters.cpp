#include "harness/backend/installed_adapters.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "harness/base/text.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

bool is_adapter(const fs::path& file) {
  const std::string name = file.filename().string();
  return matches_pattern(name, "libeffgate-torch-*.so") && !name.ends_with("-cuda.so");
}

// LIBRARY/adapter/KEY/libeffgate-torch-VERSION.so; a rebuilt one has another key.
fs::path newest_adapter(const fs::path& library) {
  fs::path newest;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(library / "adapter", ignored)) {
    if (!is_adapter(entry.path())) continue;
    if (newest.empty() || entry.last_write_time() > fs::last_write_time(newest)) {
      newest = entry.path();
    }
  }
  return newest;
}

std::vector<std::string> adapters_below(const fs::path& libraries) {
  std::vector<std::string> adapters;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(libraries, ignored)) {
    const fs::path adapter = newest_adapter(entry.path());
    if (!adapter.empty()) adapters.push_back(adapter.string());
  }
  return adapters;
}

}  // namespace

std::vector<std::string> installed_adapters() {
  std::vector<std::string> adapters;
  if (const char* named = std::getenv("EFFGATE_ADAPTERS")) {
    adapters = split(named, ':');
    std::erase(adapters, "");
  } else if (const char* home = std::getenv("EFFGATE_HOME")) {
    adapters = adapters_below(fs::path(home) / "libs");
  }
  std::sort(adapters.begin(), adapters.end());
  return adapters;
}

}  // namespace effgate
