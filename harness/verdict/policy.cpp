#include "harness/verdict/policy.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/text.h"

namespace effgate {
namespace {

constexpr std::size_t kLargestFile = 4 * 1024 * 1024;
constexpr std::size_t kMostWaivers = 10000;
constexpr double kLargestLimit = 1e9;

constexpr std::array<std::string_view, 5> kDtypeNames = {"float64", "float32", "tf32", "float16",
                                                         "bfloat16"};
constexpr std::array<std::string_view, 2> kOutputNames = {"class", "box"};

// A number that a table may hold: its key, its bounds and where it goes.
template <typename Owner, typename Member>
struct NumberKey {
  std::string_view key;
  Member Owner::*member;
  double least;
  double most;
};

using OptionalNumber = std::optional<double>;

constexpr std::array<NumberKey<OutputLimits, OptionalNumber>, 2> kOutputKeys = {{
    {"max_rms", &OutputLimits::max_rms, 0, kLargestLimit},
    {"max_abs", &OutputLimits::max_abs, 0, kLargestLimit},
}};
constexpr std::array<NumberKey<DtypeLimits, OptionalNumber>, 1> kDetectionKeys = {{
    {"min_detections", &DtypeLimits::min_detections, 0, 1},
}};
constexpr std::array<NumberKey<GateLimits, double>, 4> kGateKeys = {{
    {"max_slowdown", &GateLimits::max_slowdown, 0, 1000},
    {"max_memory_growth", &GateLimits::max_memory_growth, 0, 1000},
    {"false_discovery_rate", &GateLimits::false_discovery_rate, 0, 1},
    {"max_drift_growth", &GateLimits::max_drift_growth, 1, kLargestLimit},
}};
constexpr std::array<NumberKey<GateLimits, std::int64_t>, 2> kGateCounts = {{
    {"min_restarts", &GateLimits::min_restarts, 2, 1000},
    {"min_samples", &GateLimits::min_samples, 1, 100000},
}};

template <typename Keys>
void add_names(std::vector<std::string>& names, const Keys& keys) {
  for (const auto& key : keys) names.emplace_back(key.key);
}

bool is_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = parse_integer(text.substr(0, 4));
  const auto month = parse_integer(text.substr(5, 2));
  const auto day = parse_integer(text.substr(8, 2));
  if (!year || !month || !day || *month < 1 || *day < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day)))
      .ok();
}

// An output's name, or that of one level of it: class, class/3.
bool is_output(std::string_view name) {
  const std::size_t slash = name.find('/');
  const bool known = std::ranges::find(kOutputNames, name.substr(0, slash)) != kOutputNames.end();
  return known && (slash == std::string_view::npos || parse_integer(name.substr(slash + 1)));
}

// Reads one policy; every error it makes carries the file and the line.
class PolicyReader {
 public:
  PolicyReader(const toml::table& root, const std::filesystem::path& file) : root_(root) {
    policy_.file = file;
  }

  Result<Policy> read() {
    std::vector<std::string> known(kDtypeNames.begin(), kDtypeNames.end());
    known.insert(known.end(), {"gate", "waiver"});
    EFFGATE_TRY(only_keys(root_, known, "a policy"));
    for (const std::string_view dtype : kDtypeNames)
      if (const toml::node* node = root_.get(dtype)) EFFGATE_TRY(read_dtype(dtype, *node));
    if (const toml::node* node = root_.get("gate")) EFFGATE_TRY(read_gate(*node));
    if (const toml::node* node = root_.get("waiver")) EFFGATE_TRY(read_waivers(*node));
    return std::move(policy_);
  }

 private:
  Error fail(const toml::source_region& where, std::string_view why) const {
    return {ErrorKind::usage,
            fmt::format("{}:{}: {}", policy_.file.string(), where.begin.line, why)};
  }
  Error fail(const toml::node& node, std::string_view why) const {
    return fail(node.source(), why);
  }

  Status only_keys(const toml::table& table, std::span<const std::string> known,
                   std::string_view what) const {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      std::string hint = did_you_mean(key.str(), known);
      if (hint.empty()) hint = "; it may hold " + join(known, ", ");
      return fail(key.source(),
                  fmt::format("unknown key '{}' in {}{}", printable_utf8(key.str()), what, hint));
    }
    return success();
  }

  Result<const toml::table*> table(const toml::node& node, std::string_view key) const {
    if (node.is_table()) return node.as_table();
    return fail(node, fmt::format("'{}' must be a table", key));
  }

  template <typename Owner, typename Member, std::size_t size>
  Status read_numbers(const toml::table& table,
                      const std::array<NumberKey<Owner, Member>, size>& keys, Owner& owner) const {
    for (const auto& key : keys) {
      const toml::node* node = table.get(key.key);
      if (node == nullptr) continue;
      constexpr bool whole = std::is_same_v<Member, std::int64_t>;
      const bool fits = whole ? node->is_integer() : node->is_number();
      const std::optional<double> value = fits ? node->value<double>() : std::nullopt;
      if (!value || !(*value >= key.least && *value <= key.most))
        return fail(*node, fmt::format("'{}' must be {} from {} to {}", key.key,
                                       whole ? "an integer" : "a number", number_text(key.least),
                                       number_text(key.most)));
      owner.*key.member = static_cast<Member>(*value);
    }
    return success();
  }

  Status read_dtype(std::string_view dtype, const toml::node& node) {
    EFFGATE_ASSIGN(const toml::table* limits, table(node, dtype));
    std::vector<std::string> known;
    add_names(known, kOutputKeys);
    add_names(known, kDetectionKeys);
    known.insert(known.end(), kOutputNames.begin(), kOutputNames.end());
    for (const auto& [key, value] : *limits)
      if (is_output(key.str())) known.emplace_back(key.str());
    EFFGATE_TRY(only_keys(*limits, known, fmt::format("[{}]", dtype)));

    DtypeLimits& read = policy_.dtypes[std::string(dtype)];
    EFFGATE_TRY(read_numbers(*limits, kOutputKeys, read.all));
    EFFGATE_TRY(read_numbers(*limits, kDetectionKeys, read));
    for (const auto& [key, value] : *limits)
      if (is_output(key.str())) EFFGATE_TRY(read_output(dtype, key.str(), value, read));
    return success();
  }

  Status read_output(std::string_view dtype, std::string_view output, const toml::node& node,
                     DtypeLimits& read) const {
    EFFGATE_ASSIGN(const toml::table* limits, table(node, output));
    std::vector<std::string> known;
    add_names(known, kOutputKeys);
    EFFGATE_TRY(only_keys(*limits, known, fmt::format("[{}.{}]", dtype, output)));
    return read_numbers(*limits, kOutputKeys, read.outputs[std::string(output)]);
  }

  Status read_gate(const toml::node& node) {
    EFFGATE_ASSIGN(const toml::table* gate, table(node, "gate"));
    std::vector<std::string> known;
    add_names(known, kGateKeys);
    add_names(known, kGateCounts);
    EFFGATE_TRY(only_keys(*gate, known, "[gate]"));
    EFFGATE_TRY(read_numbers(*gate, kGateKeys, policy_.gate));
    return read_numbers(*gate, kGateCounts, policy_.gate);
  }

  Status read_waivers(const toml::node& node) {
    const toml::array* waivers = node.as_array();
    if (waivers == nullptr || !waivers->is_array_of_tables())
      return fail(node, "'waiver' must be written as [[waiver]]");
    if (waivers->size() > kMostWaivers)
      return fail(node, fmt::format("more than {} [[waiver]]", kMostWaivers));
    for (const toml::node& waiver : *waivers) EFFGATE_TRY(read_waiver(*waiver.as_table()));
    return success();
  }

  Status read_waiver(const toml::table& table) {
    static const std::vector<std::string> kKeys = {"where", "reason", "owner", "until"};
    EFFGATE_TRY(only_keys(table, kKeys, "[[waiver]]"));
    Waiver waiver;
    waiver.line = table.source().begin.line;
    EFFGATE_ASSIGN(waiver.where, text(table, "where"));
    EFFGATE_ASSIGN(waiver.reason, text(table, "reason"));
    EFFGATE_ASSIGN(waiver.owner, text(table, "owner"));
    EFFGATE_ASSIGN(waiver.until, day(table, "until"));
    policy_.waivers.push_back(std::move(waiver));
    return success();
  }

  Result<std::string> text(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return fail(table, fmt::format("[[waiver]] lacks '{}'", key));
    const auto* value = node->as_string();
    if (value == nullptr) return fail(*node, fmt::format("'{}' must be text", key));
    if (trim(value->get()).empty()) return fail(*node, fmt::format("'{}' is empty", key));
    return value->get();
  }

  // A TOML date, or the same as text.
  Result<std::string> day(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node != nullptr && node->is_date()) {
      const toml::date date = node->as_date()->get();
      return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
    }
    EFFGATE_ASSIGN(std::string value, text(table, key));
    if (!is_day(value))
      return fail(*node, fmt::format("'{}' must be a day written as YYYY-MM-DD", key));
    return value;
  }

  const toml::table& root_;
  Policy policy_;
};

}  // namespace

OutputLimits DtypeLimits::for_tap(std::string_view tap) const {
  OutputLimits limits = all;
  for (const std::string_view name : {tap.substr(0, tap.find('/')), tap}) {
    const auto own = outputs.find(name);
    if (own == outputs.end()) continue;
    if (own->second.max_rms) limits.max_rms = own->second.max_rms;
    if (own->second.max_abs) limits.max_abs = own->second.max_abs;
  }
  return limits;
}

Result<Policy> parse_policy(std::string_view text, const std::filesystem::path& file) {
  try {
    const toml::table root = toml::parse(text, file.string());
    EFFGATE_ASSIGN(Policy policy, PolicyReader(root, file).read());
    policy.text = text;
    policy.sha256 = sha256_hex(text);
    return policy;
  } catch (const toml::parse_error& error) {
    return Error{ErrorKind::usage,
                 fmt::format("{}:{}: {}", file.string(), error.source().begin.line,
                             printable_utf8(error.description()))};
  }
}

Result<Policy> read_policy(const std::filesystem::path& file) {
  auto text = read_text_file(file, kLargestFile);
  if (!text.ok()) return Error{ErrorKind::usage, "policy: " + text.error().message};
  return parse_policy(*text, file);
}

}  // namespace effgate
