#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace effgate {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

enum class Surrogates { refused, accepted };

// Length of the valid UTF-8 sequence at the start of `bytes`, or 0.
std::size_t utf8_length(std::string_view bytes, Surrogates surrogates = Surrogates::refused) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = surrogates == Surrogates::refused && first == 0xED && byte(1) >= 0xA0;
  const bool too_large = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

// Looks at every byte, without a branch for each, since names nearly always are.
bool is_ascii(std::string_view bytes) {
  unsigned char seen = 0;
  for (const char c : bytes) seen |= static_cast<unsigned char>(c);
  return seen < 0x80;
}

// C0 and C1, which terminals obey.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  const bool c1 = first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return first < 0x20 || first == 0x7F || c1;
}

// U+FFFE and U+FFFF, which XML does not admit.
bool is_no_character(std::string_view character) {
  return character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
}

std::string printable(std::string_view bytes, std::string_view allowed_controls) {
  std::string clean;
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    const std::string_view character = bytes.substr(0, std::max<std::size_t>(length, 1));
    const bool shown =
        length > 0 && !is_no_character(character) &&
        (!is_control(character) || allowed_controls.find(character) != std::string_view::npos);
    clean += shown ? character : kReplacement;
    bytes.remove_prefix(character.size());
  }
  return clean;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  // Greedy with one point of return: the last star seen. Linear in practice, quadratic at worst.
  std::size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), current(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({change, above[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, current);
  }
  return above[b.size()];
}

std::vector<std::string> nearest_names(std::string_view typed, std::span<const std::string> valid) {
  constexpr std::size_t kMost = 3;
  // Input may be anything of any length; nothing that long is a slip of the finger.
  if (typed.empty() || typed.size() > 200) return {};
  const std::string wanted = lower(typed);
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : valid) {
    const std::string candidate = lower(name);
    std::size_t distance = edit_distance(wanted, candidate);
    const bool contains = wanted.size() >= 2 && candidate.find(wanted) != std::string::npos;
    if (contains) distance = std::min(distance, std::size_t{1});
    if (distance <= std::max<std::size_t>(2, candidate.size() / 3))
      ranked.emplace_back(distance, name);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [distance, name] : ranked)
    if (names.size() < kMost) names.push_back(std::move(name));
  return names;
}

std::string did_you_mean(std::string_view typed, std::span<const std::string> valid) {
  const std::vector<std::string> near = nearest_names(typed, valid);
  return near.empty() ? std::string() : ", did you mean " + join(near, " or ") + "?";
}

std::string percent_encode(std::string_view text, std::string_view also_plain) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) || also_plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

bool is_utf8_with_surrogates(std::string_view bytes) {
  if (is_ascii(bytes)) return true;
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes, Surrogates::accepted);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string printable_utf8(std::string_view bytes) { return printable(bytes, "\n\t"); }

std::string printable_line(std::string_view bytes) { return printable(bytes, ""); }

std::string number_text(double value) { return fmt::format("{}", value); }

std::string rounded_text(double value, int digits) { return fmt::format("{:.{}g}", value, digits); }

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<long long> parse_integer(std::string_view text) {
  long long value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string bytes_text(unsigned long long bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 || value >= 99.95 ? fmt::format("{:.0f} {}", value, kUnits[unit])
                                     : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string shell_quoted(std::string_view word) {
  const bool plain =
      !word.empty() &&
      std::all_of(word.begin(), word.end(),
                  [](char c) {
                    return is_unreserved(c) ||
                           std::string_view("/:=,@%+#").find(c) != std::string_view::npos;
                  }) &&
      word[0] != '#' && word[0] != '~';
  if (plain) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace effgate
