#include "harness/matrix/suite.h"

#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/matrix/axes.h"
#include "harness/matrix/cell.h"

namespace effgate {
namespace {

constexpr std::size_t kLargestFile = 4 * 1024 * 1024;
constexpr std::size_t kMostBlocks = 1000;

std::int64_t line_of(const toml::node& node) { return node.source().begin.line; }

// What follows shows the suite without running it, once the line is right.
Error suite_error(const std::filesystem::path& file, std::int64_t line, std::string_view why) {
  return {ErrorKind::usage, fmt::format("{}:{}: {}", file.string(), line, why),
          fmt::format("effgate run {} --plan", shell_quoted(file.string()))};
}

// Reads one suite; every error it makes carries the file and the line.
class SuiteReader {
 public:
  SuiteReader(const toml::table& root, const std::filesystem::path& file) : root_(root) {
    suite_.file = file;
  }

  Result<Suite> read() {
    static constexpr std::array<std::string_view, 8> kKeys = {
        "name", "policy", "timeout_s", "memory_mb", "timing", "matrix", "exclude", "include"};
    EFFGATE_TRY(only_keys(root_, kKeys, "a suite"));
    EFFGATE_TRY(read_settings());
    EFFGATE_TRY(read_timing());
    EFFGATE_TRY(for_each_table(
        "matrix", [&](const toml::table& table) { return read_block(table, /*include=*/false); }));
    EFFGATE_TRY(for_each_table(
        "exclude", [&](const toml::table& table) { return read_rule(table, suite_.exclude); }));
    EFFGATE_TRY(for_each_table("include", [&](const toml::table& table) {
      return table.contains("where") ? read_rule(table, suite_.take_back)
                                     : read_block(table, /*include=*/true);
    }));
    if (suite_.matrix.empty() && suite_.include.empty()) {
      return fail(1, "there is no [[matrix]] and no [[include]], so there is nothing to run");
    }
    return std::move(suite_);
  }

 private:
  Error fail(std::int64_t line, std::string_view why) const {
    return suite_error(suite_.file, line, why);
  }

  Error fail(const toml::node& node, std::string_view why) const {
    return fail(line_of(node), why);
  }

  // Names the line where the error lies, whatever else it says.
  Error at_line(const toml::node& node, Error error) const { return fail(node, error.message); }

  Status only_keys(const toml::table& table, std::span<const std::string_view> known,
                   std::string_view what) const {
    for (const auto& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      const std::vector<std::string> names(known.begin(), known.end());
      std::string hint = did_you_mean(key.str(), names);
      if (hint.empty()) hint = "; it may hold " + join(names, ", ");
      return fail(key.source().begin.line,
                  fmt::format("unknown key '{}' in {}{}", printable_utf8(key.str()), what, hint));
    }
    return success();
  }

  Status read_settings() {
    const toml::node* name = root_.get("name");
    if (name == nullptr) return fail(1, "'name' is missing");
    EFFGATE_ASSIGN(suite_.name, text(*name, "name"));
    if (const toml::node* policy = root_.get("policy")) {
      EFFGATE_ASSIGN(const std::string path, text(*policy, "policy"));
      suite_.policy = path_in_suite(suite_, path);
    }
    if (const toml::node* timeout = root_.get("timeout_s")) {
      EFFGATE_ASSIGN(suite_.timeout_s, number(*timeout, "timeout_s", 0.1, 7 * 86400));
    }
    if (const toml::node* memory = root_.get("memory_mb")) {
      EFFGATE_ASSIGN(const std::int64_t megabytes, integer(*memory, "memory_mb", 64, 64 << 20));
      suite_.memory_mb = static_cast<std::uint64_t>(megabytes);
    }
    return success();
  }

  Status read_timing() {
    const toml::node* node = root_.get("timing");
    if (node == nullptr) return success();
    const toml::table* table = node->as_table();
    if (table == nullptr) return fail(*node, "'timing' must be a table");
    static constexpr std::array<std::string_view, 3> kKeys = {"warm_up", "samples", "restarts"};
    EFFGATE_TRY(only_keys(*table, kKeys, "[timing]"));
    struct Row {
      std::string_view key;
      std::int64_t SuiteTiming::*member;
      std::int64_t least;
      std::int64_t most;
    };
    static constexpr std::array<Row, 3> kRows = {{{"warm_up", &SuiteTiming::warm_up, 0, 10000},
                                                  {"samples", &SuiteTiming::samples, 1, 100000},
                                                  {"restarts", &SuiteTiming::restarts, 1, 1000}}};
    for (const Row& row : kRows) {
      const toml::node* value = table->get(row.key);
      if (value == nullptr) continue;
      EFFGATE_ASSIGN(suite_.timing.*row.member, integer(*value, row.key, row.least, row.most));
    }
    return success();
  }

  template <typename Read>
  Status for_each_table(std::string_view key, Read read) {
    const toml::node* node = root_.get(key);
    if (node == nullptr) return success();
    const toml::array* tables = node->as_array();
    if (tables == nullptr || !tables->is_array_of_tables()) {
      return fail(*node, fmt::format("'{0}' must be written as [[{0}]]", key));
    }
    if (tables->size() > kMostBlocks) {
      return fail(*node, fmt::format("more than {} [[{}]]", kMostBlocks, key));
    }
    for (const toml::node& table : *tables) EFFGATE_TRY(read(*table.as_table()));
    return success();
  }

  Status read_block(const toml::table& table, bool include) {
    const std::string_view what = include ? "[[include]]" : "[[matrix]]";
    EFFGATE_TRY(only_keys(table, block_keys(include), what));
    MatrixBlock block;
    block.line = line_of(table);
    for (const Axis& axis : all_axes()) {
      if (const toml::node* node = table.get(axis.name)) {
        EFFGATE_ASSIGN(block.axes[std::string(axis.name)], axis_values(axis, *node, include));
      } else if (axis.fallback.empty()) {
        return fail(block.line, fmt::format("{} needs the axis '{}'", what, axis.name));
      }
    }
    if (const toml::node* reason = include ? table.get("reason") : nullptr) {
      EFFGATE_ASSIGN(block.reason, text(*reason, "reason"));
    }
    (include ? suite_.include : suite_.matrix).push_back(std::move(block));
    return success();
  }

  static std::vector<std::string_view> block_keys(bool include) {
    std::vector<std::string_view> keys;
    for (const Axis& axis : all_axes()) keys.push_back(axis.name);
    if (include) keys.insert(keys.end(), {"where", "reason"});
    return keys;
  }

  // An include may give one value without brackets.
  Result<std::vector<std::string>> axis_values(const Axis& axis, const toml::node& node,
                                               bool include) const {
    std::vector<std::string> values;
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      if (!include) return fail(node, fmt::format("'{}' must be an array", axis.name));
      EFFGATE_TRY(add_value(axis, node, values));
      return values;
    }
    if (array->empty()) return fail(node, fmt::format("'{}' is empty", axis.name));
    for (const toml::node& element : *array) EFFGATE_TRY(add_value(axis, element, values));
    return values;
  }

  Status add_value(const Axis& axis, const toml::node& node,
                   std::vector<std::string>& values) const {
    EFFGATE_ASSIGN(const std::string written, axis_text(axis, node));
    auto value = canonical_value(axis, written);
    if (!value.ok()) return at_line(node, std::move(value).error());
    if (std::find(values.begin(), values.end(), *value) != values.end()) {
      return fail(node, fmt::format("'{}' names {} twice", axis.name, *value));
    }
    values.push_back(*std::move(value));
    return success();
  }

  Result<std::string> axis_text(const Axis& axis, const toml::node& node) const {
    const bool number = axis.kind == AxisKind::integer || axis.kind == AxisKind::count;
    if (number && node.is_integer()) return std::to_string(node.as_integer()->get());
    if (axis.kind == AxisKind::flag && node.is_boolean()) {
      return std::string(node.as_boolean()->get() ? "true" : "false");
    }
    const bool text = axis.kind != AxisKind::integer && axis.kind != AxisKind::flag;
    if (text && node.is_string()) return node.as_string()->get();
    const std::string_view expected = axis.kind == AxisKind::flag ? "true or false"
                                      : number                    ? "an integer"
                                                                  : "text";
    return fail(node, fmt::format("a value of '{}' must be {}", axis.name, expected));
  }

  Status read_rule(const toml::table& table, std::vector<SuiteRule>& rules) {
    static constexpr std::array<std::string_view, 2> kKeys = {"where", "reason"};
    EFFGATE_TRY(only_keys(table, kKeys, "a table with 'where'"));
    for (const std::string_view key : kKeys) {
      if (table.get(key) == nullptr) return fail(table, fmt::format("'{}' is missing", key));
    }
    EFFGATE_ASSIGN(const std::string where, text(*table.get("where"), "where"));
    auto expression = Expression::compile(where, cell_fields());
    if (!expression.ok()) return at_line(*table.get("where"), std::move(expression).error());
    EFFGATE_ASSIGN(std::string reason, text(*table.get("reason"), "reason"));
    rules.push_back({*std::move(expression), std::move(reason), line_of(table)});
    return success();
  }

  Result<std::string> text(const toml::node& node, std::string_view key) const {
    const auto* value = node.as_string();
    if (value == nullptr) return fail(node, fmt::format("'{}' must be text", key));
    if (trim(value->get()).empty()) return fail(node, fmt::format("'{}' is empty", key));
    return value->get();
  }

  Result<double> number(const toml::node& node, std::string_view key, double least,
                        double most) const {
    const std::optional<double> value =
        node.is_number() ? node.value<double>() : std::optional<double>();
    if (!value || !(*value >= least && *value <= most)) {
      return fail(node, fmt::format("'{}' must be a number from {} to {}", key, number_text(least),
                                    number_text(most)));
    }
    return *value;
  }

  Result<std::int64_t> integer(const toml::node& node, std::string_view key, std::int64_t least,
                               std::int64_t most) const {
    const auto* value = node.as_integer();
    if (value == nullptr || value->get() < least || value->get() > most) {
      return fail(node, fmt::format("'{}' must be an integer from {} to {}", key, least, most));
    }
    return value->get();
  }

  const toml::table& root_;
  Suite suite_;
};

}  // namespace

Result<Suite> parse_suite(std::string_view text, const std::filesystem::path& file) {
  try {
    const toml::table root = toml::parse(text, file.string());
    EFFGATE_ASSIGN(Suite suite, SuiteReader(root, file).read());
    suite.sha256 = sha256_hex(text);
    return suite;
  } catch (const toml::parse_error& error) {
    return suite_error(file, error.source().begin.line, printable_utf8(error.description()));
  }
}

Result<Suite> read_suite(const std::filesystem::path& file) {
  auto text = read_text_file(file, kLargestFile);
  if (!text.ok())
    return Error{ErrorKind::usage, "suite: " + text.error().message, "effgate run --help"};
  return parse_suite(*text, file);
}

std::filesystem::path path_in_suite(const Suite& suite, const std::filesystem::path& path) {
  return path.is_absolute() ? path : (suite.file.parent_path() / path).lexically_normal();
}

}  // namespace effgate
