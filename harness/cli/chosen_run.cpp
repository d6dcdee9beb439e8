#include "harness/cli/chosen_run.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "harness/base/text.h"
#include "harness/verdict/policy.h"

namespace effgate {

Result<RunId> chosen_run(const Store& store, const std::string& number) {
  if (number.empty()) {
    EFFGATE_ASSIGN(const StoredRun latest, store.latest_run());
    return latest.id;
  }
  const auto parsed = parse_integer(number);
  if (!parsed) return Error{ErrorKind::usage, fmt::format("--run '{}' is no number", number)};
  EFFGATE_ASSIGN(const StoredRun run, store.run(RunId{*parsed}));
  return run.id;
}

Result<Policy> chosen_policy(const std::filesystem::path& file, const RunRecord& run) {
  if (!file.empty()) return read_policy(file);
  return parse_policy(run.policy_text, "the policy recorded with the run");
}

Now now_utc() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const std::time_t whole = std::chrono::system_clock::to_time_t(now);
  return Now{fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(whole)), seconds};
}

}  // namespace effgate
