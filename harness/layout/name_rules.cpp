#include "harness/layout/name_rules.h"

#include <algorithm>

namespace effgate {
namespace {

using std::string_view;

struct Bound {
  string_view placeholder;
  std::string word;  // in the language asked for
};

string_view from_of(const NameRule& rule, Direction direction) {
  return direction == Direction::to_theirs ? rule.ours : rule.theirs;
}
string_view to_of(const NameRule& rule, Direction direction) {
  return direction == Direction::to_theirs ? rule.theirs : rule.ours;
}

// Matches a name with a pattern and remembers what the placeholders stand for.
class Match {
 public:
  Match(const NameTable& table, Direction direction) : table_(table), direction_(direction) {}

  bool matches(string_view pattern, string_view name) {
    const std::size_t open = pattern.find('{');
    if (open == string_view::npos) return name == pattern;
    if (!name.starts_with(pattern.substr(0, open))) return false;
    const std::size_t close = pattern.find('}', open);
    return matches_word(pattern.substr(open + 1, close - open - 1), pattern.substr(close + 1),
                        name.substr(open));
  }

  std::string filled(string_view pattern) const {
    std::string text;
    for (std::size_t open = pattern.find('{'); open != string_view::npos;
         open = pattern.find('{')) {
      const std::size_t close = pattern.find('}', open);
      text += pattern.substr(0, open);
      text += word_of(pattern.substr(open + 1, close - open - 1));
      pattern.remove_prefix(close + 1);
    }
    return text.append(pattern);
  }

 private:
  bool matches_word(string_view placeholder, string_view pattern, string_view name) {
    const auto vocabulary =
        std::ranges::find(table_.vocabularies, placeholder, &Vocabulary::placeholder);
    if (vocabulary == table_.vocabularies.end()) return matches_number(placeholder, pattern, name);
    return std::ranges::any_of(vocabulary->words, [&](const auto& words) {
      const auto& [theirs, ours] = words;
      const std::string& from = direction_ == Direction::to_theirs ? ours : theirs;
      return name.starts_with(from) &&
             goes_on(placeholder, direction_ == Direction::to_theirs ? theirs : ours, pattern,
                     name.substr(from.size()));
    });
  }
  bool matches_number(string_view placeholder, string_view pattern, string_view name) {
    const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
    return digits > 0 &&
           goes_on(placeholder, std::string(name.substr(0, digits)), pattern, name.substr(digits));
  }
  bool goes_on(string_view placeholder, std::string word, string_view pattern, string_view name) {
    bound_.push_back({placeholder, std::move(word)});
    if (matches(pattern, name)) return true;
    bound_.pop_back();
    return false;
  }
  string_view word_of(string_view placeholder) const {
    const auto bound = std::ranges::find(bound_, placeholder, &Bound::placeholder);
    return bound == bound_.end() ? string_view() : string_view(bound->word);
  }

  const NameTable& table_;
  Direction direction_;
  std::vector<Bound> bound_;
};

}  // namespace

std::optional<std::string> rewritten(const NameTable& table, string_view name,
                                     Direction direction) {
  const bool to_ours = direction == Direction::to_ours;
  if (to_ours && !name.starts_with(table.prefix)) return std::nullopt;
  if (to_ours) name.remove_prefix(table.prefix.size());
  for (const NameRule& rule : table.rules) {
    Match match(table, direction);
    if (!match.matches(from_of(rule, direction), name)) continue;
    return std::string(to_ours ? string_view() : table.prefix) +
           match.filled(to_of(rule, direction));
  }
  if (table.keeps_other_names) return std::string(name);
  return std::nullopt;
}

}  // namespace effgate
