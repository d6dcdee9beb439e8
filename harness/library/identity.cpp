#include "harness/library/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"
#include "harness/process/run.h"

namespace effgate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Parts of LibTorch itself, and parts of the CUDA runtime that come with it. The driver's
// libraries belong to the machine.
constexpr std::array kOwnParts = {"libtorch*", "libc10*"};
constexpr std::array kRuntimeParts = {"libcu*", "libnv*", "libnccl*"};
constexpr std::array kDriverParts = {"libcuda.so*", "libnvidia-*"};

template <std::size_t N>
bool matches_any(std::string_view name, const std::array<const char*, N>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const char* pattern) { return matches_pattern(name, pattern); });
}

bool must_be_own(const std::string& name, const TorchTree& tree, bool system) {
  if (matches_any(name, kOwnParts)) return true;
  if (system || matches_any(name, kDriverParts)) return false;
  std::error_code ignored;
  return matches_any(name, kRuntimeParts) || fs::exists(tree.library / name, ignored);
}

bool lies_below(const fs::path& path, const fs::path& folder) {
  const fs::path relative =
      fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(folder));
  return !relative.empty() && *relative.begin() != "..";
}

bool is_own(const fs::path& path, const TorchTree& tree) {
  return lies_below(path, tree.root) ||
         std::any_of(tree.run_path.begin(), tree.run_path.end(),
                     [&](const fs::path& folder) { return lies_below(path, folder); });
}

Error refused(std::string why) { return Error{ErrorKind::library, std::move(why)}; }

std::string last_line(std::string_view text) {
  const auto lines = split(trim(text), '\n');
  return lines.empty() ? "" : lines.back();
}

}  // namespace

Result<LoadedIdentity> parse_identity(std::string_view output) {
  const json document = json::parse(last_line(output), nullptr, false);
  if (!document.is_object()) {
    return Error{ErrorKind::malformed, "it printed no identity"};
  }
  try {
    LoadedIdentity identity;
    document.at("version").get_to(identity.version);
    document.at("header_version").get_to(identity.header_version);
    document.at("loaded_paths").get_to(identity.loaded_paths);
    return identity;
  } catch (const json::exception& problem) {
    return Error{ErrorKind::malformed,
                 fmt::format("it printed half an identity: {}", problem.what())};
  }
}

Status check_identity(const LoadedIdentity& identity, const TorchTree& tree, bool system) {
  if (release_of(identity.version) != release_of(tree.header_version)) {
    return refused(
        fmt::format("version {} was loaded instead of {}", identity.version, tree.header_version));
  }
  if (release_of(identity.header_version) != release_of(tree.header_version)) {
    return refused(fmt::format("the adapter was compiled for {} instead of {}",
                               identity.header_version, tree.header_version));
  }
  bool found = false;
  for (const std::string& loaded : identity.loaded_paths) {
    const std::string name = fs::path(loaded).filename().string();
    if (!must_be_own(name, tree, system)) continue;
    if (!is_own(loaded, tree)) {
      return refused(
          fmt::format("{} was loaded from {} instead of {}", name, loaded, tree.root.string()));
    }
    found = found || name.starts_with("libtorch_cpu.so");
  }
  if (!found) return refused("libtorch_cpu.so was not loaded");
  return success();
}

Status verify_adapter(const fs::path& adapter, const TorchTree& tree, bool system,
                      const CatalogueTools& tools) {
  Command command;
  command.argv = {tools.installation.cell.string(), "--identify", adapter.string()};
  // A search path of the user's would hide that a library does not find its own parts.
  command.environment = {{"LD_LIBRARY_PATH", ""}, {"LD_PRELOAD", ""}};
  auto finished = run_process_for(command, std::chrono::minutes(5), tools.stop);
  if (!finished.ok()) return std::move(finished).error().while_doing("loading the adapter");
  if (!succeeded(finished->outcome)) {
    return refused(fmt::format("loading the adapter: effgate-cell {}: {}",
                               to_string(finished->outcome), last_line(finished->error)));
  }
  const auto identity = parse_identity(finished->output);
  if (!identity.ok()) return refused("loading the adapter: " + identity.error().message);
  return check_identity(*identity, tree, system);
}

}  // namespace effgate
