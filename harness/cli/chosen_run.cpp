#include "harness/cli/chosen_run.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "harness/base/text.h"
#include "harness/verdict/policy.h"

namespace effgate {

Result<Store> open_recorded(const std::filesystem::path& database) {
  Result<Store> store = Store::open_read_only(database);
  if (store.ok() || store.error().kind != ErrorKind::unsupported) return store;
  Result<Store> migrated = Store::create_or_open(database);
  return migrated.ok() ? std::move(migrated) : std::move(store);
}

Result<RunId> chosen_run(const Store& store, const std::string& number) {
  if (number.empty()) {
    EFFGATE_ASSIGN(const StoredRun latest, store.latest_run());
    return latest.id;
  }
  const auto parsed = parse_integer(number);
  if (!parsed) {
    EFFGATE_ASSIGN(const StoredRun latest, store.latest_run());
    return Error{ErrorKind::usage,
                 fmt::format("--run '{}': write a number, 1 to {}", printable_utf8(number),
                             static_cast<std::int64_t>(latest.id))};
  }
  EFFGATE_ASSIGN(const StoredRun run, store.run(RunId{*parsed}));
  return run.id;
}

Result<Policy> chosen_policy(const Places& places, const std::filesystem::path& file,
                             const RunRecord& run) {
  if (file.empty()) return parse_policy(run.policy_text, "the policy recorded with the run");
  Result<Policy> policy = read_policy(file);
  if (!policy.ok()) return with_sample(std::move(policy).error(), default_policy(places));
  return policy;
}

std::filesystem::path default_policy(const Places& places) {
  return places.suites() / "policies" / "default.toml";
}

Error with_sample(Error error, const std::filesystem::path& policy) {
  error.next = "cat " + shell_quoted(policy.string());
  return error;
}

Now now_utc() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const std::time_t whole = std::chrono::system_clock::to_time_t(now);
  return Now{fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(whole)), seconds};
}

}  // namespace effgate
