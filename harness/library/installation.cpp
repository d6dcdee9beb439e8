#include "harness/library/installation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace effgate {
namespace {

namespace fs = std::filesystem;

Result<fs::path> running_program() {
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (failure) {
    return Error{ErrorKind::io, fmt::format("finding the running program: {}", failure.message())};
  }
  return program;
}

std::vector<fs::path> unless_set(const char* variable, std::vector<fs::path> candidates) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == 0) return candidates;
  return {fs::absolute(value)};
}

// The first candidate below which `proof` lies, or else the first of all.
fs::path first_with(const std::vector<fs::path>& candidates, const fs::path& proof) {
  for (const fs::path& candidate : candidates) {
    std::error_code ignored;
    // An empty proof must not add a slash, which would ask for a folder.
    if (fs::exists(proof.empty() ? candidate : candidate / proof, ignored))
      return candidate.lexically_normal();
  }
  return candidates.front().lexically_normal();
}

}  // namespace

Result<Installation> find_installation() {
  Installation found;
  EFFGATE_ASSIGN(found.program, running_program());
  const fs::path beside = found.program.parent_path();
  found.share =
      first_with(unless_set("EFFGATE_SHARE", {beside / "../share/effgate", EFFGATE_SOURCE_TREE}),
                 "harness/backend");
  found.cell =
      first_with(unless_set("EFFGATE_CELL", {beside / "../libexec/effgate/effgate-cell",
                                             beside / "effgate-cell", beside / "../effgate-cell"}),
                 "");
  return found;
}

}  // namespace effgate
