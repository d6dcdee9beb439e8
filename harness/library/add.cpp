#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/library/catalogue.h"
#include "harness/library/install.h"
#include "harness/library/installed.h"
#include "harness/library/requirements.h"
#include "harness/library/wheel.h"
#include "harness/process/run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;

Result<std::string> version_of_wheel(const fs::path& path) {
  EFFGATE_ASSIGN(const Wheel wheel, Wheel::open(path));
  EFFGATE_ASSIGN(const std::string metadata, wheel.metadata());
  return metadata_field(metadata, "Version").value_or("unknown");
}

// The name that a library gets, as far as possible without fetching anything.
Result<std::string> name_for(const LibrarySpec& spec) {
  if (!spec.name.empty()) return spec.name;
  if (spec.kind == SpecKind::system) return std::string("torch-system");
  std::string name = "torch-" + spec.version;
  if (spec.kind == SpecKind::wheel) {
    EFFGATE_ASSIGN(const std::string version, version_of_wheel(spec.path));
    name = "torch-" + version;
  } else if (spec.kind == SpecKind::prefix) {
    EFFGATE_ASSIGN(const TorchTree tree, read_torch_tree(spec.path));
    name = fmt::format("torch-{}-{}", tree.header_version, spec.path.filename().string());
  }
  if (is_valid_library_name(name)) return name;
  return Error{ErrorKind::usage,
               fmt::format("'{}' is no name for a library; give one: NAME={}", name, spec.text)};
}

// The version that the distribution gives the package; the macros may lag behind it.
std::string system_version(const TorchTree& tree) {
  Command command;
  command.argv = {"dpkg-query", "--show", "--showformat=${Version}", "libtorch-dev"};
  const auto finished = run_process_for(command, std::chrono::seconds(30));
  const bool known = finished.ok() && succeeded(finished->outcome) && !finished->output.empty();
  return known ? std::string(trim(finished->output)) : tree.header_version;
}

std::string kind_of(const LibrarySpec& spec) {
  if (spec.kind == SpecKind::system) return "system";
  return spec.kind == SpecKind::prefix ? "prefix" : "unpacked";
}

// The library's own folder, complete but for its adapter.
Result<InstallRecord> fill_folder(const LibrarySpec& spec, const AddOptions& options,
                                  const std::string& name, const fs::path& folder,
                                  const fs::path& downloads, const CatalogueTools& tools) {
  InstallRecord record;
  record.name = name;
  record.spec = canonical_text(spec);
  record.kind = kind_of(spec);
  TorchTree tree;
  if (spec.kind == SpecKind::system) {
    EFFGATE_ASSIGN(tree, read_system_tree());
    record.version = system_version(tree);
  } else if (spec.kind == SpecKind::prefix) {
    EFFGATE_ASSIGN(tree, read_torch_tree(spec.path));
    record.prefix = spec.path;
    record.version = tree.header_version;
  } else {
    EFFGATE_ASSIGN(Unpacked unpacked, unpack_torch(spec, options.cuda, folder, downloads, tools));
    tree = std::move(unpacked.tree);
    record.version = std::move(unpacked.version);
  }
  record.cxx11_abi = tree.cxx11_abi;
  record.cuda = tree.cuda;
  EFFGATE_ASSIGN(record.files, record_files(tree, record.kind, folder));
  EFFGATE_TRY(write_file_atomically(folder / "library.json", to_json(record)));
  return record;
}

// Puts the finished folder in place; what was there before goes with the staging folder.
Status put_in_place(const fs::path& folder, const fs::path& target, const fs::path& staging) {
  std::error_code failure;
  if (fs::exists(target, failure)) fs::rename(target, staging / "replaced", failure);
  if (!failure) fs::rename(folder, target, failure);
  if (failure) return system_error("installing", target, failure.value());
  return success();
}

Status install(const Home& home, const LibrarySpec& spec, const AddOptions& options,
               const std::string& name, const CatalogueTools& tools) {
  EFFGATE_ASSIGN(const TemporaryDirectory staging, home.staging());
  const fs::path folder = staging.path() / name;
  const fs::path downloads = staging.path() / "downloads";
  for (const fs::path& made : {folder, downloads}) {
    std::error_code failure;
    fs::create_directories(made, failure);
    if (failure) return system_error("making", made, failure.value());
  }
  EFFGATE_TRY(fill_folder(spec, options, name, folder, downloads, tools));
  EFFGATE_ASSIGN(const OpenedLibrary opened, open_library(folder, tools));
  EFFGATE_TRY(ensure_adapter(opened, folder, tools));
  return put_in_place(folder, home.library(name), staging.path());
}

// Whether what is installed under that name is what is asked for, so that nothing needs fetching.
Result<bool> is_there_already(const Home& home, const LibrarySpec& spec, const AddOptions& options,
                              const std::string& name, const CatalogueTools& tools) {
  const fs::path folder = home.library(name);
  if (!is_installed(folder)) return false;
  const InstalledLibrary library = inspect_library(folder, Thoroughness::sizes, tools);
  if (!library.ok) return false;
  if (library.spec != canonical_text(spec) && kind_of(spec) == "prefix") {
    return Error{ErrorKind::usage,
                 fmt::format("library {}: the name is taken by {}; give another: NAME={}", name,
                             library.spec, spec.text)};
  }
  return !options.cuda || library.devices.size() > 1;
}

}  // namespace

Result<InstalledLibrary> add_library(const Home& home, const LibrarySpec& spec,
                                     const AddOptions& options, const CatalogueTools& tools) {
  if (spec.kind == SpecKind::tensorflow) {
    return Error{
        ErrorKind::unsupported,
        fmt::format("adding {}: this version of effgate has no backend for TensorFlow", spec.text)};
  }
  const auto added = [&]() -> Result<InstalledLibrary> {
    EFFGATE_ASSIGN(const std::string name, name_for(spec));
    {
      EFFGATE_ASSIGN(const HomeLock lock, home.lock(tools.stop));
      EFFGATE_ASSIGN(const bool there, is_there_already(home, spec, options, name, tools));
      if (!there) EFFGATE_TRY(install(home, spec, options, name, tools));
    }
    return ready_library(home, name, tools);
  }();
  if (added.ok()) return added;
  Error error = added.error();
  if (error.next.empty() && error.kind != ErrorKind::usage) {
    error.next = fmt::format("effgate libs add {}{}", shell_quoted(spec.text),
                             options.cuda ? " --cuda" : "");
  }
  return std::move(error).while_doing(fmt::format("adding {}", spec.text));
}

}  // namespace effgate
