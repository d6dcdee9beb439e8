#include "harness/library/installed.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/library/identity.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFinished = "sources.sha256";

Result<InstallRecord> read_record(const fs::path& folder) {
  const fs::path path = folder / "library.json";
  EFFGATE_ASSIGN(const std::string text, read_text_file(path));
  auto record = parse_install_record(text);
  if (!record.ok()) return std::move(record).error().while_doing("reading " + path.string());
  return record;
}

InstalledLibrary described(const InstallRecord& record, const fs::path& folder) {
  InstalledLibrary library;
  library.name = record.name;
  library.version = record.version;
  library.path = record.kind == "prefix" ? record.prefix : folder;
  library.abi = record.cxx11_abi ? "cxx11" : "pre-cxx11";
  library.devices = {"cpu"};
  if (record.cuda) library.devices.emplace_back("cuda");
  library.spec = record.spec;
  return library;
}

InstalledLibrary broken(InstalledLibrary library, std::string problem) {
  library.ok = false;
  library.problem = std::move(problem);
  return library;
}

Status clear_rests(const fs::path& adapters) {
  constexpr std::size_t kKept = 4;  // for hosts with other compilers that share the folder
  std::error_code failure;
  std::vector<fs::directory_entry> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(adapters, failure)) {
    entries.push_back(entry);
  }
  if (failure) return system_error("reading", adapters, failure.value());
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    std::error_code ignored;
    return a.last_write_time(ignored) > b.last_write_time(ignored);
  });
  std::size_t kept = 0;
  for (const fs::directory_entry& entry : entries) {
    std::error_code ignored;
    const bool unfinished = !fs::exists(entry.path() / kFinished, ignored);
    if (unfinished || ++kept >= kKept) fs::remove_all(entry.path(), ignored);
  }
  return success();
}

// In the library's own folder, so that $ORIGIN means what it will mean.
Result<fs::path> build_and_verify(const OpenedLibrary& opened, const fs::path& folder,
                                  const CatalogueTools& tools) {
  const fs::path target = adapter_folder(opened.plan, folder);
  std::error_code failure;
  fs::create_directories(target.parent_path(), failure);
  if (failure) return system_error("making", target.parent_path(), failure.value());
  EFFGATE_TRY(clear_rests(target.parent_path()));
  EFFGATE_ASSIGN(const TemporaryDirectory attempt,
                 TemporaryDirectory::create(target.parent_path()));
  tools.progress(fmt::format("building the adapter of {}", opened.record.name));
  EFFGATE_TRY(build_adapter(opened.plan, attempt.path(), tools));
  tools.progress(fmt::format("loading {}", opened.record.name));
  EFFGATE_TRY(verify_adapter(attempt.path() / opened.plan.file_name(), opened.tree,
                             opened.record.kind == "system", tools));
  EFFGATE_TRY(write_file_atomically(attempt.path() / kFinished, opened.plan.source_key + "\n"));
  fs::permissions(attempt.path(), fs::perms(0755), failure);
  fs::rename(attempt.path(), target, failure);
  if (failure) return system_error("installing", target, failure.value());
  return target / opened.plan.file_name();
}

}  // namespace

bool is_installed(const fs::path& folder) {
  std::error_code ignored;
  return !folder.filename().string().starts_with('.') &&
         fs::exists(folder / "library.json", ignored);
}

Result<std::vector<fs::path>> installed_folders(const Home& home) {
  std::vector<fs::path> folders;
  std::error_code failure;
  if (!fs::exists(home.libraries(), failure)) return folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(home.libraries(), failure)) {
    if (is_installed(entry.path())) folders.push_back(entry.path());
  }
  if (failure) return system_error("reading", home.libraries(), failure.value());
  std::sort(folders.begin(), folders.end(), [](const fs::path& a, const fs::path& b) {
    return library_name_less(a.filename().string(), b.filename().string());
  });
  return folders;
}

Result<OpenedLibrary> open_library(const fs::path& folder, const CatalogueTools& tools) {
  OpenedLibrary opened;
  EFFGATE_ASSIGN(opened.record, read_record(folder));
  EFFGATE_ASSIGN(opened.tree, tree_of(opened.record, folder));
  EFFGATE_ASSIGN(opened.plan, plan_adapter(opened.record, opened.tree, tools));
  return opened;
}

InstalledLibrary inspect_library(const fs::path& folder, Thoroughness thoroughness,
                                 const CatalogueTools& tools) {
  InstalledLibrary library;
  library.name = folder.filename().string();
  library.path = folder;
  const auto record = read_record(folder);
  if (!record.ok()) return broken(std::move(library), record.error().message);
  library = described(*record, folder);
  if (const Status files = check_files(*record, folder, thoroughness); !files.ok()) {
    return broken(std::move(library), files.error().message);
  }
  const auto opened = open_library(folder, tools);
  if (!opened.ok()) return broken(std::move(library), opened.error().message);
  library.adapter = find_adapter(opened->plan, folder).string();
  library.ok = true;
  if (library.adapter.empty()) {
    library.problem = "its adapter is older than the sources or the compiler; it is rebuilt on use";
  }
  return library;
}

Result<fs::path> ensure_adapter(const OpenedLibrary& opened, const fs::path& folder,
                                const CatalogueTools& tools) {
  if (fs::path adapter = find_adapter(opened.plan, folder); !adapter.empty()) return adapter;
  auto built = build_and_verify(opened, folder, tools);
  if (!built.ok()) {
    return std::move(built).error().while_doing(fmt::format("library {}", opened.record.name));
  }
  return built;
}

}  // namespace effgate
