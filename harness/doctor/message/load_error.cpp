#include "harness/doctor/message/load_error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/text.h"

namespace effgate {
namespace {

using std::string_view;

constexpr std::size_t kMostEntries = 100'000;
constexpr std::size_t kLongestKey = 400;
constexpr std::size_t kLongestMismatch = 600;
constexpr string_view kOpening = "in loading state_dict for ";
constexpr string_view kInStateDict = " in state_dict";
constexpr string_view kUnexpected = "Unexpected key(s) in state_dict:";

struct ListHeading {
  string_view words;
  KeyList LoadError::*list;
};
constexpr std::array kHeadings = {
    ListHeading{"Missing key(s) in state_dict:", &LoadError::missing},
    ListHeading{kUnexpected, &LoadError::unexpected},
    // mmdetection
    ListHeading{"missing keys in source state_dict:", &LoadError::missing},
    ListHeading{"unexpected key in source state_dict:", &LoadError::unexpected},
    // what load_state_dict(strict=False) returns
    ListHeading{"missing_keys=", &LoadError::missing},
    ListHeading{"unexpected_keys=", &LoadError::unexpected},
    // torch 0.3 and older
    ListHeading{"missing keys in state_dict:", &LoadError::missing},
    ListHeading{"unexpected key \"", &LoadError::unexpected},
    // what people leave of the first
    ListHeading{"Missing key(s)", &LoadError::missing},
    ListHeading{"Unexpected key(s)", &LoadError::unexpected},
};

struct MismatchForm {
  string_view words;  // before the key
  bool model_first;   // the shape of the model comes first
};
constexpr std::array kMismatchForms = {
    MismatchForm{"size mismatch for ", false},
    MismatchForm{"While copying the parameter named ", true},
    MismatchForm{"Skip loading parameter: ", true},
    MismatchForm{"Skip loading parameter ", false},
};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '/' || c == ':';
}

// Reads the keys of one list from the front of a text.
class KeyListReader {
 public:
  KeyListReader(string_view whole, std::size_t start) : whole_(whole), rest_(whole.substr(start)) {}

  KeyList read() {
    list_.given = true;
    list_.complete = false;
    while (list_.keys.size() < kMostEntries && !skip_between()) {
      if (!take_key()) break;
    }
    if (!gap_) list_.leading = list_.keys.size();
    return std::move(list_);
  }

 private:
  // Commas, brackets and marks of omission; whether the list ends there.
  bool skip_between() {
    if (bare_ && !list_.keys.empty() && !rest_.starts_with(',')) return end_bare();
    while (!rest_.empty()) {
      if (rest_.starts_with("..")) {
        note_gap();
        rest_.remove_prefix(std::min(rest_.find_first_not_of('.'), rest_.size()));
      } else if (string_view(" :,[{(`*").find(rest_.front()) != string_view::npos) {
        rest_.remove_prefix(1);
      } else {
        break;
      }
    }
    const bool closed =
        !list_.keys.empty() && (rest_.starts_with('.') || rest_.starts_with(']') ||
                                rest_.starts_with('}') || rest_.starts_with("in state_dict"));
    if (!closed && !(list_.keys.empty() && rest_.starts_with(']'))) return false;
    list_.complete = !gap_ && !ends_inside_norm();
    list_.end = whole_.size() - rest_.size();
    return true;
  }

  // Who shortens a list by hand closes it: a running mean without its variance is in none of
  // Python's.
  bool ends_inside_norm() const {
    return !list_.keys.empty() && list_.keys.back().ends_with(".running_mean");
  }

  void note_gap() {
    if (!std::exchange(gap_, true)) list_.leading = list_.keys.size();
  }

  bool end_bare() {
    list_.complete = !rest_.starts_with("..") && !rest_.starts_with(" ...");
    if (!list_.complete) gap_ = true;
    if (list_.complete) list_.end = whole_.size() - rest_.size();
    return true;
  }

  bool take_key() {
    if (rest_.empty()) return false;
    const char quote = rest_.front();
    if (quote == '"' || quote == '\'') return take_quoted(quote);
    if (list_.keys.empty()) bare_ = true;
    return bare_ && take_bare();
  }

  // A set in quotes ("{'a', 'b'}") begins with two kinds of quotes.
  bool take_quoted(char quote) {
    if (list_.keys.empty() && rest_.size() > 1 && string_view("{['\"").find(rest_[1]) != npos()) {
      rest_.remove_prefix(1);
      return true;
    }
    const std::size_t end = rest_.substr(0, kLongestKey).find(quote, 1);
    if (end == npos()) return false;
    std::string key;
    for (const char c : rest_.substr(1, end - 1)) {
      if (c == ' ') continue;  // a wrapped line
      if (!is_key_character(c)) return false;
      key += c;
    }
    rest_.remove_prefix(end + 1);
    if (key.find("..") != std::string::npos) {  // words were left out inside
      note_gap();
      return true;
    }
    if (!key.empty()) list_.keys.push_back(std::move(key));
    return true;
  }

  bool take_bare() {
    std::size_t end = 0;
    while (end < rest_.size() && end < kLongestKey && is_key_character(rest_[end])) ++end;
    string_view key = rest_.substr(0, end);
    rest_.remove_prefix(end);
    while (key.ends_with('.')) key.remove_suffix(1);
    const bool word = key.find_first_of("._") == npos() && !rest_.starts_with(',');
    if (key.empty() || (word && list_.keys.empty())) return false;
    list_.keys.emplace_back(key);
    return true;
  }

  static constexpr std::size_t npos() { return string_view::npos; }

  string_view whole_, rest_;
  KeyList list_;
  bool gap_ = false;
  bool bare_ = false;
};

void read_lists(string_view text, LoadError& error) {
  for (const ListHeading& heading : kHeadings) {
    KeyList& list = error.*heading.list;
    const std::size_t start = text.find(heading.words);
    if (list.given || start == string_view::npos) continue;
    std::size_t after = start + heading.words.size() - (heading.words.ends_with('"') ? 1 : 0);
    if (text.substr(after).starts_with(kInStateDict)) after += kInStateDict.size();
    KeyList read = KeyListReader(text, after).read();
    const bool empty_one = read.keys.empty() && read.complete;
    if (!read.keys.empty() || empty_one || heading.words.ends_with(':')) list = std::move(read);
  }
}

// Keys whose heading was cut off stand before the next heading.
void read_headless_list(string_view text, LoadError& error) {
  const std::size_t next = text.find(kUnexpected);
  if (error.missing.given || next == string_view::npos) return;
  const string_view before = text.substr(0, next);
  const std::size_t between = before.find("\", \"");
  if (between == string_view::npos) return;
  KeyList list = KeyListReader(before, between + 1).read();
  if (!list.complete) return;
  list.complete = false;
  list.leading = 0;
  error.missing = std::move(list);
}

// A text that begins inside a list's names and goes on to its end is what a terminal kept of an
// error: Python writes unexpected keys last.
void read_untitled_list(string_view text, LoadError& error) {
  constexpr string_view kBetween = "\", \"";
  constexpr std::size_t kFew = 3;
  text.remove_prefix(std::min(text.find_first_not_of(" .,\""), text.size()));
  const std::size_t first = text.find(kBetween);
  if (first == string_view::npos || first > kLongestKey) return;
  if (!std::ranges::all_of(text.substr(0, first), is_key_character)) return;
  KeyList list = KeyListReader(text, first + 1).read();
  if (!list.complete || list.keys.size() < kFew || text[*list.end] != '.') return;
  list.complete = false;
  list.leading = 0;
  error.unexpected = std::move(list);
  error.untitled = true;
}

// "[64, 3]" or "(64, 3)" at or soon behind the front, taken off.
std::optional<std::vector<std::int64_t>> take_shape(string_view& text) {
  std::size_t open = text.find('[');
  if (open == string_view::npos) open = text.find('(');
  if (open == string_view::npos) return std::nullopt;
  const char closing = text[open] == '[' ? ']' : ')';
  const std::size_t close = text.find(closing, open);
  if (close == string_view::npos) return std::nullopt;
  std::vector<std::int64_t> shape;
  const string_view inner = text.substr(open + 1, close - open - 1);
  text.remove_prefix(close + 1);
  if (trim(inner).empty()) return shape;
  for (const std::string& part : split(inner, ',')) {
    if (trim(part).empty() && shape.size() == 1) continue;  // "(64,)"
    const auto number = parse_integer(trim(part));
    if (!number || *number < 0) return std::nullopt;
    shape.push_back(*number);
  }
  return shape;
}

std::optional<ShapeMismatch> parse_mismatch(string_view text, const MismatchForm& form) {
  text = text.substr(0, kLongestMismatch);
  while (text.starts_with('"') || text.starts_with('\'')) text.remove_prefix(1);
  std::size_t end = 0;
  while (end < text.size() && is_key_character(text[end])) ++end;
  std::string key(text.substr(0, end));
  while (key.ends_with(':') || key.ends_with('.')) key.pop_back();
  text.remove_prefix(end);
  auto first = take_shape(text);
  auto second = first ? take_shape(text) : std::nullopt;
  if (key.empty() || !first || !second) return std::nullopt;
  if (form.model_first) std::swap(*first, *second);
  return ShapeMismatch{std::move(key), *std::move(first), *std::move(second)};
}

// Words that are in the text cut it here.
bool has_gap(string_view between) { return between.find("...") != string_view::npos; }

void read_mismatches(string_view text, const MismatchForm& form, LoadError& error) {
  bool gap = false;
  for (std::size_t at = text.find(form.words); at != string_view::npos;) {
    const std::size_t start = at + form.words.size();
    at = text.find(form.words, start);
    const string_view entry = text.substr(start, at == string_view::npos ? at : at - start);
    auto mismatch = parse_mismatch(entry, form);
    if (!mismatch || error.mismatched.size() == kMostEntries) {
      gap = true;
      continue;
    }
    error.mismatched.push_back(*std::move(mismatch));
    if (!gap) error.mismatches_leading = error.mismatched.size();
    gap = gap || has_gap(entry.substr(0, kLongestMismatch));
  }
  if (gap) error.mismatches_complete = false;
}

// Whether nothing was cut out between two places: no words are there.
bool is_next_to(string_view text, std::optional<std::size_t> from, std::size_t to) {
  if (!from || *from > to) return false;
  return std::ranges::none_of(text.substr(*from, to - *from), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

// Whether `at` (npos for nowhere) is what the error begins with, behind the name of the class.
bool begins_error(string_view text, std::size_t at) {
  constexpr std::size_t kAdjacent = 120;  // the class's name, and what begins the next line
  const std::size_t opening = text.find(kOpening);
  return opening != string_view::npos && at != string_view::npos && at > opening &&
         at - opening < kAdjacent && !has_gap(text.substr(opening, at - opening));
}

// Behind a cut in the missing keys may stand unexpected ones, whose title was cut out.
void part_untold_keys(KeyList& missing, LoadError& error) {
  if (error.unexpected.given || missing.leading == missing.keys.size()) return;
  const auto cut = missing.keys.begin() + static_cast<std::ptrdiff_t>(missing.leading);
  error.untitled = true;
  error.unexpected.given = true;
  error.unexpected.keys.assign(std::move_iterator(cut), std::move_iterator(missing.keys.end()));
  missing.keys.resize(missing.leading);
  missing.end.reset();
}

std::size_t first_mismatch(string_view text) {
  std::size_t first = string_view::npos;
  for (const MismatchForm& form : kMismatchForms) first = std::min(first, text.find(form.words));
  return first;
}

// Whether a list that is not there is known to be empty, and the first shape shown to be the first
// of all. Python names missing keys, unexpected keys and shapes in this order, and a loader that is
// not strict names shapes alone.
void mark_empty_lists(string_view text, LoadError& error) {
  KeyList &missing = error.missing, &unexpected = error.unexpected;
  const std::size_t shapes = first_mismatch(text);
  if (!missing.given) missing.complete = begins_error(text, text.find(kUnexpected));
  if (!unexpected.given)
    unexpected.complete =
        missing.given &&
        (shapes == string_view::npos ? missing.complete : is_next_to(text, missing.end, shapes));
  const KeyList& last = unexpected.given ? unexpected : missing;
  if (error.mismatched.empty()) {
    const bool cut = last.end && has_gap(text.substr(*last.end));
    error.mismatches_complete = last.given && last.complete && !cut;
  } else if (!(last.given ? is_next_to(text, last.end, shapes) : begins_error(text, shapes))) {
    error.mismatches_leading = 0;
  }
}

std::string module_name(string_view text) {
  const std::size_t start = text.find(kOpening);
  if (start == string_view::npos) return "";
  const string_view rest = text.substr(start + kOpening.size());
  return std::string(rest.substr(0, rest.find_first_of(": \n\t")));
}

}  // namespace

std::optional<LoadError> parse_load_error(string_view text) {
  LoadError error;
  error.module = module_name(text);
  read_lists(text, error);
  read_headless_list(text, error);
  for (const MismatchForm& form : kMismatchForms) {
    if (error.mismatched.empty()) read_mismatches(text, form, error);
  }
  part_untold_keys(error.missing, error);
  if (!error.missing.given && !error.unexpected.given && error.mismatched.empty())
    read_untitled_list(text, error);
  mark_empty_lists(text, error);
  const bool nothing = !error.missing.given && !error.unexpected.given && error.mismatched.empty();
  return nothing ? std::nullopt : std::optional(std::move(error));
}

}  // namespace effgate
