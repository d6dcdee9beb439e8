#include "harness/library/install.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/base/text.h"
#include "harness/library/elf.h"
#include "harness/library/pip.h"
#include "harness/library/requirements.h"
#include "harness/library/wheel.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string, std::less<>>;

std::string file_name_of(std::string_view member) { return fs::path(member).filename().string(); }

bool is_torch_library(std::string_view member) {
  return member.starts_with("torch/lib/") && is_shared_object_name(member);
}

// Headers, templates of CUTLASS and the like aside.
bool is_header(std::string_view member) { return member.starts_with("torch/include/"); }

// The names that the shared objects in `folder` need and that are not there.
Result<Names> missing_in(const fs::path& folder) {
  Names needed;
  Names present;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !is_shared_object_name(name)) continue;
    present.insert(name);
    EFFGATE_ASSIGN(const SharedObject object, read_shared_object(entry.path()));
    needed.insert(object.needed.begin(), object.needed.end());
  }
  if (failure) return system_error("reading", folder, failure.value());
  Names missing;
  std::set_difference(needed.begin(), needed.end(), present.begin(), present.end(),
                      std::inserter(missing, missing.end()));
  return missing;
}

// Libraries of the wheel itself, as far as the ones before need them.
Status unpack_closure(const Wheel& wheel, Names wanted, const fs::path& folder) {
  while (!wanted.empty()) {
    EFFGATE_TRY(wheel.unpack(folder, [&](std::string_view member) {
      return is_torch_library(member) && wanted.contains(file_name_of(member));
    }));
    EFFGATE_ASSIGN(const Names missing, missing_in(folder / "torch/lib"));
    wanted.clear();
    for (const std::string& member : wheel.members()) {
      const std::string name = file_name_of(member);
      if (is_torch_library(member) && missing.contains(name)) wanted.insert(name);
    }
  }
  return success();
}

Result<fs::path> fetch_torch_wheel(const LibrarySpec& spec, const fs::path& downloads,
                                   const CatalogueTools& tools) {
  if (spec.kind == SpecKind::wheel) return spec.path;
  const std::string requirement = fmt::format("torch=={}", spec.version);
  tools.progress(fmt::format("downloading {}", requirement));
  EFFGATE_ASSIGN(const std::vector<fs::path> wheels,
                 download_wheels({{requirement}, downloads}, tools.stop));
  if (wheels.size() == 1) return wheels.front();
  return Error{ErrorKind::library,
               fmt::format("downloading {}: pip left {} wheels", requirement, wheels.size())};
}

Result<std::vector<fs::path>> fetch_runtime(const std::vector<Requirement>& requirements,
                                            const LibrarySpec& spec, const fs::path& downloads,
                                            const CatalogueTools& tools) {
  Download download;
  for (const Requirement& requirement : requirements) {
    download.requirements.push_back(to_string(requirement));
  }
  download.folder = downloads / "runtime";  // torch's own wheel lies above and is unpacked already
  std::error_code failure;
  fs::create_directories(download.folder, failure);
  if (failure) return system_error("making", download.folder, failure.value());
  download.with_dependencies = true;  // an extra of cuda-toolkit is resolved by them
  tools.progress(fmt::format("downloading {}", join(download.requirements, " ")));
  if (spec.kind == SpecKind::wheel) {
    // Beside a wheel on this disk its companions may lie too; then no network is needed.
    download.offline_folder = spec.path.parent_path();
    if (auto wheels = download_wheels(download, tools.stop); wheels.ok()) return wheels;
    download.offline_folder.clear();
  }
  return download_wheels(download, tools.stop);
}

// Of NVIDIA's wheels for a CPU run: the shared objects that are needed, and what these need.
Status unpack_runtime(const std::vector<fs::path>& wheels, bool everything,
                      const fs::path& folder) {
  for (const fs::path& path : wheels) {
    EFFGATE_ASSIGN(const Wheel wheel, Wheel::open(path));
    EFFGATE_ASSIGN(const Names missing, missing_in(folder));
    EFFGATE_TRY(wheel.unpack(folder, [&](std::string_view member) {
      if (everything) {
        return member.find("/lib/") != std::string_view::npos ||
               member.find("/include/") != std::string_view::npos;
      }
      return member.find("/lib/") != std::string_view::npos &&
             missing.contains(file_name_of(member));
    }));
  }
  return success();
}

// Those of NVIDIA's libraries that are needed from other wheels; the rest is the system's.
std::vector<std::string> foreign(const Names& missing) {
  std::vector<std::string> names;
  for (const std::string& name : missing) {
    if (matches_pattern(name, "libcu*") || matches_pattern(name, "libnv*")) names.push_back(name);
  }
  std::erase_if(names, [](const std::string& name) { return name.starts_with("libcuda.so"); });
  return names;
}

Status add_runtime(const Wheel& wheel, bool cuda, const LibrarySpec& spec, const fs::path& folder,
                   const fs::path& downloads, const CatalogueTools& tools) {
  EFFGATE_ASSIGN(const std::string metadata, wheel.metadata());
  EFFGATE_ASSIGN(const Names missing, missing_in(folder));
  const std::vector<std::string> wanted = foreign(missing);
  if (wanted.empty() && !cuda) return success();
  const auto all = parse_requirements(metadata);
  const auto requirements = cuda ? cuda_requirements(all) : requirements_for(wanted, all);
  if (!requirements.empty()) {
    EFFGATE_ASSIGN(const std::vector<fs::path> wheels,
                   fetch_runtime(requirements, spec, downloads, tools));
    EFFGATE_TRY(unpack_runtime(wheels, cuda, folder));
  }
  EFFGATE_ASSIGN(const Names still_missing, missing_in(folder));
  const std::vector<std::string> left = foreign(still_missing);
  if (left.empty() || cuda) return success();
  return Error{ErrorKind::library, fmt::format("{} needs {}, which none of its packages has",
                                               wheel.path().filename().string(), join(left, ", "))};
}

Status check_version(const LibrarySpec& spec, const Unpacked& unpacked) {
  if (release_of(unpacked.version) != release_of(unpacked.tree.header_version)) {
    return Error{ErrorKind::library, fmt::format("the wheel calls itself {} and its headers {}",
                                                 unpacked.version, unpacked.tree.header_version)};
  }
  if (spec.kind == SpecKind::torch && release_of(spec.version) != release_of(unpacked.version)) {
    return Error{ErrorKind::library, fmt::format("the wheel holds version {} and not {}",
                                                 unpacked.version, spec.version)};
  }
  return success();
}

}  // namespace

Result<Unpacked> unpack_torch(const LibrarySpec& spec, bool cuda, const fs::path& folder,
                              const fs::path& downloads, const CatalogueTools& tools) {
  EFFGATE_ASSIGN(const fs::path path, fetch_torch_wheel(spec, downloads, tools));
  EFFGATE_ASSIGN(const Wheel wheel, Wheel::open(path));
  EFFGATE_ASSIGN(const std::string metadata, wheel.metadata());
  const std::string package = metadata_field(metadata, "Name").value_or("");
  if (lower(package) != "torch") {
    return Error{ErrorKind::usage,
                 fmt::format("{} is a wheel of '{}' and not of torch", path.string(), package)};
  }
  tools.progress(fmt::format("unpacking {}", path.filename().string()));
  EFFGATE_TRY(wheel.unpack(folder, is_header));
  Names wanted = {"libtorch_cpu.so", "libc10.so"};
  if (cuda) wanted.insert({"libtorch_cuda.so", "libc10_cuda.so", "libtorch_cuda_linalg.so"});
  EFFGATE_TRY(unpack_closure(wheel, std::move(wanted), folder));
  EFFGATE_TRY(add_runtime(wheel, cuda, spec, folder, downloads, tools));
  Unpacked unpacked;
  EFFGATE_ASSIGN(unpacked.tree, read_torch_tree(folder));
  unpacked.version = metadata_field(metadata, "Version").value_or("");
  EFFGATE_TRY(check_version(spec, unpacked));
  if (cuda && !unpacked.tree.cuda) {
    return Error{ErrorKind::unsupported,
                 fmt::format("{} was built without CUDA", path.filename().string())};
  }
  return unpacked;
}

}  // namespace effgate
