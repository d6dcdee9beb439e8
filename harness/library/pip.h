#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/process/child.h"
#include "harness/process/stop.h"

namespace effgate {

// Downloads by `python3 -m pip download`, which needs no root and installs nothing.
struct Download {
  std::vector<std::string> requirements;  // "torch==2.6.0"
  std::filesystem::path folder;           // wheels and pip's own temporary files go here
  bool with_dependencies = false;
  std::filesystem::path offline_folder =
      {};  // where set: only wheels that lie there, and no network
};

// The wheels that came, sorted. Kind not_found where the index has no such version for Linux
// x86-64 (with the versions next to it), io where it could not be reached.
Result<std::vector<std::filesystem::path>> download_wheels(const Download& download,
                                                           const StopRequest* stop);

// The platform tags of wheels that run on x86-64 with glibc 2.`glibc_minor` (PEP 600), as pip takes
// them: it does not add the older ones itself.
std::vector<std::string> wheel_platforms(int glibc_minor);

// Kind and sentence for what pip printed when it failed.
Error pip_error(std::span<const std::string> requirements, const Finished& finished);

}  // namespace effgate
