#pragma once

#include <filesystem>
#include <vector>

#include "harness/base/result.h"
#include "harness/library/adapter.h"
#include "harness/library/catalogue.h"
#include "harness/library/record.h"

namespace effgate {

// One installed library with the parts that its state is judged by.
struct OpenedLibrary {
  InstallRecord record;
  TorchTree tree;
  AdapterPlan plan;
};

// Whether the folder holds a finished library.
bool is_installed(const std::filesystem::path& folder);

// The folders of all installed libraries: by name, numbers in them by value.
Result<std::vector<std::filesystem::path>> installed_folders(const Home& home);

Result<OpenedLibrary> open_library(const std::filesystem::path& folder,
                                   const CatalogueTools& tools);

// How the library in this folder is listed. A stale adapter leaves `adapter` empty and the library
// ok: it is rebuilt on use.
InstalledLibrary inspect_library(const std::filesystem::path& folder, Thoroughness thoroughness,
                                 const CatalogueTools& tools);

// The path of an adapter that fits the plan. Builds and verifies one where there is none; to be
// called under the lock, or on a folder that nobody else knows.
Result<std::filesystem::path> ensure_adapter(const OpenedLibrary& opened,
                                             const std::filesystem::path& folder,
                                             const CatalogueTools& tools);

}  // namespace effgate
