#include "harness/base/version.h"

#include <algorithm>

namespace effgate {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const std::string_view digits(text.begin(), end);
  text.remove_prefix(digits.size());
  return digits;
}

// Digits of any length, so that a hostile version cannot overflow.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
  const auto drop_zeros = [](std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  };
  drop_zeros(a);
  drop_zeros(b);
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::string_view take_part(std::string_view& version) {
  const std::string_view part = version.substr(0, version.find('.'));
  version.remove_prefix(std::min(part.size() + 1, version.size()));
  return part;
}

std::strong_ordering compare_parts(std::string_view a, std::string_view b) {
  const std::string_view a_digits = take_digits(a);
  const std::string_view b_digits = take_digits(b);
  if (const auto order = compare_digits(a_digits, b_digits); order != 0) return order;
  if (a.empty() != b.empty()) {
    return a.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  }
  return a.compare(b) <=> 0;
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
  a = a.substr(0, a.find('+'));
  b = b.substr(0, b.find('+'));
  while (!a.empty() || !b.empty()) {
    const std::string_view a_part = take_part(a);
    const std::string_view b_part = take_part(b);
    if (const auto order = compare_parts(a_part, b_part); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

bool library_name_less(std::string_view a, std::string_view b) {
  const auto digit_of = [](std::string_view name) {
    return static_cast<std::size_t>(std::find_if(name.begin(), name.end(), is_digit) -
                                    name.begin());
  };
  const std::string_view a_word = a.substr(0, digit_of(a));
  const std::string_view b_word = b.substr(0, digit_of(b));
  if (a_word != b_word) return a_word < b_word;
  const auto order = compare_versions(a.substr(a_word.size()), b.substr(b_word.size()));
  return order != 0 ? order < 0 : a < b;
}

}  // namespace effgate
