#include "harness/library/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/library/identity.h"
#include "harness/library/installed.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kReference = "reference";

InstalledLibrary reference(const Installation& installation) {
  InstalledLibrary library;
  library.name = kReference;
  library.version = EFFGATE_VERSION;
  library.path = installation.cell;
  library.adapter = "builtin:reference";
  library.abi = "none";
  library.devices = {"cpu"};
  library.spec = kReference;
  std::error_code ignored;
  library.ok = fs::exists(installation.cell, ignored);
  if (!library.ok) library.problem = installation.cell.string() + " is missing";
  return library;
}

Error no_such_library(const Home& home, std::string_view name) {
  std::vector<std::string> names = {std::string(kReference)};
  if (const auto folders = installed_folders(home); folders.ok()) {
    for (const fs::path& folder : *folders) names.push_back(folder.filename().string());
  }
  Error error{ErrorKind::not_found,
              fmt::format("library {}: it is not installed{}", name, did_you_mean(name, names))};
  constexpr std::string_view kTorch = "torch-";
  if (name == "torch-system") {
    error.next = "effgate libs add system";
  } else if (name.starts_with(kTorch) && name.size() > kTorch.size()) {
    error.next =
        fmt::format("effgate libs add {}", shell_quoted(fmt::format("torch=={}", name.substr(6))));
  } else {
    error.next = "effgate libs list";
  }
  return error;
}

Error broken_library(const InstalledLibrary& library) {
  return Error{ErrorKind::library, fmt::format("library {}: {}", library.name, library.problem),
               fmt::format("effgate libs remove {0} && effgate libs add {1}",
                           shell_quoted(library.name), shell_quoted(library.spec))};
}

Result<fs::path> ready_adapter(const Home& home, const fs::path& folder,
                               const CatalogueTools& tools) {
  EFFGATE_ASSIGN(const OpenedLibrary opened, open_library(folder, tools));
  if (fs::path adapter = find_adapter(opened.plan, folder); !adapter.empty()) return adapter;
  EFFGATE_ASSIGN(const HomeLock lock, home.lock(tools.stop));
  return ensure_adapter(opened, folder, tools);
}

// Hashes the files, builds the adapter where it is stale, and loads it.
InstalledLibrary checked(const Home& home, const fs::path& folder, const CatalogueTools& tools) {
  InstalledLibrary library = inspect_library(folder, Thoroughness::hashes, tools);
  if (!library.ok) return library;
  const auto verified = [&]() -> Status {
    EFFGATE_ASSIGN(const fs::path adapter, ready_adapter(home, folder, tools));
    library.adapter = adapter.string();
    EFFGATE_ASSIGN(const OpenedLibrary opened, open_library(folder, tools));
    return verify_adapter(adapter, opened.tree, opened.record.kind == "system", tools);
  }();
  library.ok = verified.ok();
  library.problem = verified.ok() ? "" : verified.error().message;
  return library;
}

}  // namespace

Result<std::vector<InstalledLibrary>> list_libraries(const Home& home,
                                                     const Installation& installation) {
  std::vector<InstalledLibrary> libraries = {reference(installation)};
  CatalogueTools tools;
  tools.installation = installation;
  EFFGATE_ASSIGN(const std::vector<fs::path> folders, installed_folders(home));
  for (const fs::path& folder : folders) {
    libraries.push_back(inspect_library(folder, Thoroughness::sizes, tools));
  }
  return libraries;
}

std::vector<InstalledLibrary> torch_libraries(std::vector<InstalledLibrary> libraries) {
  std::erase_if(libraries,
                [](const InstalledLibrary& library) { return library.name == kReference; });
  std::ranges::stable_sort(libraries, [](const InstalledLibrary& a, const InstalledLibrary& b) {
    return std::is_lt(compare_versions(a.version, b.version));
  });
  return libraries;
}

Result<InstalledLibrary> ready_library(const Home& home, std::string_view name,
                                       const CatalogueTools& tools) {
  if (name == kReference) return reference(tools.installation);
  const fs::path folder = home.library(name);
  if (!is_valid_library_name(name) || !is_installed(folder)) return no_such_library(home, name);
  InstalledLibrary library = inspect_library(folder, Thoroughness::sizes, tools);
  if (!library.ok) return broken_library(library);
  EFFGATE_ASSIGN(const fs::path adapter, ready_adapter(home, folder, tools));
  library.adapter = adapter.string();
  library.problem.clear();
  return library;
}

Status remove_library(const Home& home, std::string_view name, const CatalogueTools& tools) {
  if (name == kReference) {
    return Error{ErrorKind::usage, "removing reference: it is part of the program"};
  }
  EFFGATE_ASSIGN(const HomeLock lock, home.lock(tools.stop));
  const fs::path folder = home.library(name);
  if (!is_valid_library_name(name) || !is_installed(folder)) return no_such_library(home, name);
  // Out of sight in one step, then away: a list never shows half of it.
  EFFGATE_ASSIGN(const TemporaryDirectory staging, home.staging());
  std::error_code failure;
  fs::rename(folder, staging.path() / "removed", failure);
  if (failure) return system_error("removing", folder, failure.value());
  return success();
}

Result<std::vector<InstalledLibrary>> check_libraries(const Home& home,
                                                      const CatalogueTools& tools) {
  std::vector<InstalledLibrary> libraries = {reference(tools.installation)};
  EFFGATE_ASSIGN(const std::vector<fs::path> folders, installed_folders(home));
  for (const fs::path& folder : folders) {
    tools.progress(fmt::format("checking {}", folder.filename().string()));
    libraries.push_back(checked(home, folder, tools));
  }
  return libraries;
}

std::string libraries_json(std::span<const InstalledLibrary> libraries) {
  json list = json::array();
  for (const InstalledLibrary& library : libraries) {
    json entry = {{"name", library.name}, {"version", library.version}, {"path", library.path},
                  {"abi", library.abi},   {"devices", library.devices}, {"ok", library.ok}};
    if (!library.problem.empty()) entry["problem"] = library.problem;
    list.push_back(std::move(entry));
  }
  return json{{"schema", "effgate.libs/1"}, {"libraries", list}}.dump(2) + "\n";
}

}  // namespace effgate
