#pragma once

#include <string>
#include <vector>

namespace effgate {

// LibTorch adapters that tests may load: those that EFFGATE_ADAPTERS names (paths joined by `:`),
// or else the newest of each library below EFFGATE_HOME/libs. Sorted.
std::vector<std::string> installed_adapters();

}  // namespace effgate
