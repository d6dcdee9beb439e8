#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/store/store.h"

namespace effgate {

// The run that `--run` names by number, or the newest where it is empty.
Result<RunId> chosen_run(const Store& store, const std::string& number);

// The policy that `--policy` names, or the one that was in force when the run was made.
struct Policy;
Result<Policy> chosen_policy(const std::filesystem::path& file, const RunRecord& run);

// The time now, UTC: "2026-03-01T02:03:04Z" and seconds since 1970.
struct Now {
  std::string text;
  double epoch = 0;
  std::string date() const { return text.substr(0, 10); }
};
Now now_utc();

}  // namespace effgate
