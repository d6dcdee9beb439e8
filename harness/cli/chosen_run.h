#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"
#include "harness/cli/places.h"
#include "harness/store/store.h"

namespace effgate {

// The database of `--db`, for reading. One that an earlier effgate made is migrated first, where it
// may be written.
Result<Store> open_recorded(const std::filesystem::path& database);

// The run that `--run` names by number, or the newest where it is empty.
Result<RunId> chosen_run(const Store& store, const std::string& number);

// The policy that `--policy` names, or the one that was in force when the run was made.
struct Policy;
Result<Policy> chosen_policy(const Places& places, const std::filesystem::path& file,
                             const RunRecord& run);

// The policy where nobody names one. It shows every key, so an error in another one points to it.
std::filesystem::path default_policy(const Places& places);
Error with_sample(Error error, const std::filesystem::path& policy);

// The time now, UTC: "2026-03-01T02:03:04Z" and seconds since 1970.
struct Now {
  std::string text;
  double epoch = 0;
  std::string date() const { return text.substr(0, 10); }
};
Now now_utc();

}  // namespace effgate
