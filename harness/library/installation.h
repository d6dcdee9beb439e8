#pragma once

#include <filesystem>

#include "harness/base/result.h"

namespace effgate {

// Where effgate's own files are, whether it runs from a build folder or was installed.
struct Installation {
  std::filesystem::path program;  // the running executable
  // The folder that holds harness/backend (adapter sources), suites and fixtures: the source tree,
  // or PREFIX/share/effgate.
  std::filesystem::path share;
  std::filesystem::path cell;  // the effgate-cell program
};

// EFFGATE_SHARE and EFFGATE_CELL win; then what lies beside the running executable
// (../share/effgate, ../libexec/effgate/effgate-cell, effgate-cell); then the source tree this
// program was built from. Whether it is there shows when it is used.
Result<Installation> find_installation();

}  // namespace effgate
