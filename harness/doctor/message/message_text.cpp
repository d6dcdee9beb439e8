#include "harness/doctor/message/message_text.h"

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace effgate {
namespace {

using std::string_view;

struct Replacement {
  string_view from;
  string_view to;
};

// Longer ones stand before those that they begin with.
constexpr std::array kReplacements = {
    // a repr, or JSON around it
    Replacement{"\\r\\n", "\n"}, Replacement{"\\\\n", "\n"}, Replacement{"\\\\t", "\t"},
    Replacement{"\\\\\"", "\""}, Replacement{"\\n", "\n"}, Replacement{"\\t", "\t"},
    Replacement{"\\\"", "\""}, Replacement{"\\'", "'"}, Replacement{"\\u001b", "\x1b"},
    Replacement{"\\x1b", "\x1b"}, Replacement{"\\033", "\x1b"}, Replacement{"\\u0022", "\""},
    Replacement{"\\u0027", "'"},
    // Markdown
    Replacement{"\\_", "_"}, Replacement{"\\*", "*"}, Replacement{"\\[", "["},
    Replacement{"\\]", "]"},
    // HTML
    Replacement{"&quot;", "\""}, Replacement{"&#34;", "\""}, Replacement{"&#x22;", "\""},
    Replacement{"&#034;", "\""}, Replacement{"&apos;", "'"}, Replacement{"&#39;", "'"},
    Replacement{"&#x27;", "'"}, Replacement{"&#039;", "'"}, Replacement{"&ldquo;", "\""},
    Replacement{"&rdquo;", "\""}, Replacement{"&lsquo;", "'"}, Replacement{"&rsquo;", "'"},
    Replacement{"&hellip;", "..."}, Replacement{"&nbsp;", " "}, Replacement{"&#160;", " "},
    Replacement{"&lt;", "<"}, Replacement{"&gt;", ">"}, Replacement{"&amp;", "&"},
    Replacement{"<br>", "\n"}, Replacement{"<br/>", "\n"}, Replacement{"<br />", "\n"},
    Replacement{"<pre>", ""}, Replacement{"</pre>", ""}, Replacement{"<code>", ""},
    Replacement{"</code>", ""}, Replacement{"<p>", ""}, Replacement{"</p>", "\n"},
    // typography, in UTF-8
    Replacement{"\xE2\x80\x9C", "\""},   // “
    Replacement{"\xE2\x80\x9D", "\""},   // ”
    Replacement{"\xE2\x80\x9E", "\""},   // „
    Replacement{"\xE2\x80\x98", "'"},    // ‘
    Replacement{"\xE2\x80\x99", "'"},    // ’
    Replacement{"\xE2\x80\xA6", "..."},  // …
    Replacement{"\xC2\xAB", "\""},       // «
    Replacement{"\xC2\xBB", "\""},       // »
    Replacement{"\xC2\xA0", " "},        // no-break space
    Replacement{"\xE2\x80\x8B", ""},     // zero-width space
    Replacement{"\xEF\xBB\xBF", ""},     // byte order mark
};

const Replacement* replacement_at(string_view text) {
  // Nothing in the table begins with another byte.
  if (string_view("\\&<\xE2\xC2\xEF").find(text.front()) == string_view::npos) return nullptr;
  const auto found = std::ranges::find_if(
      kReplacements, [&](const Replacement& entry) { return text.starts_with(entry.from); });
  return found == kReplacements.end() ? nullptr : &*found;
}

std::string with_replacements(string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    if (const Replacement* entry = replacement_at(text)) {
      result += entry->to;
      text.remove_prefix(entry->from.size());
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

// "ESC [ parameters letter", "ESC ] … BEL", and "[1;31m" whose ESC was lost in copying.
std::size_t colour_length(string_view text) {
  constexpr string_view kParameters = "0123456789;?";
  if (text.starts_with("\x1b[")) {
    const std::size_t end = text.find_first_not_of(kParameters, 2);
    return end == string_view::npos ? text.size() : end + 1;
  }
  if (text.starts_with("\x1b]")) {
    const std::size_t end = text.substr(0, 200).find('\a');
    return end == string_view::npos ? 2 : end + 1;
  }
  if (text.front() == '[') {
    const std::size_t end = text.find_first_not_of(kParameters, 1);
    return end != string_view::npos && end > 1 && end < 10 && text[end] == 'm' ? end + 1 : 0;
  }
  return 0;
}

// Also takes UTF-16 to ASCII: the other bytes of its characters are control characters.
std::string without_controls(string_view text) {
  std::string result;
  result.reserve(text.size());
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) text.remove_prefix(2);
  while (!text.empty()) {
    if (const std::size_t colour = colour_length(text); colour > 0) {
      text.remove_prefix(colour);
      continue;
    }
    const char c = text.front();
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    if (!control) result += c;
    text.remove_prefix(1);
  }
  return result;
}

constexpr std::array<string_view, 10> kLogWords = {
    "ERROR", "ERROR:", "INFO", "INFO:", "WARNING", "DEBUG", "CRITICAL", "stderr", "stdout", "F"};

// "2026-01-31", "12:30:01,123", "2026-01-31T12:30:01.123Z", "E0131" of glog.
bool is_time(string_view word) {
  if (word.size() == 5 && string_view("EWIF").find(word[0]) != string_view::npos)
    return word.find_first_not_of("0123456789", 1) == string_view::npos;
  if (word.find_first_not_of("0123456789:.,-/TZ+") != string_view::npos) return false;
  return std::ranges::count(word, ':') >= 2 || std::ranges::count(word, '-') == 2 ||
         std::ranges::count(word, '/') == 2;
}

// "[rank0]:", "[1,0]<stderr>:", "(worker", but no shape.
bool is_source(string_view word) {
  if (word.size() < 3 || word.size() > 40) return false;
  const char first = word.front();
  if (first != '[' && first != '(') return false;
  const std::size_t close = word.find(first == '[' ? ']' : ')');
  if (close == string_view::npos) return false;
  const string_view after = word.substr(close + 1);
  return after.empty() || after == ":" || after == "<stderr>:" || after == "<stdout>:";
}

bool is_log_prefix(string_view word) {
  if (word == "|" || word == "-" || word == ":") return true;
  if (word.find_first_not_of('>') == string_view::npos) return true;
  return is_time(word) || is_source(word) || std::ranges::find(kLogWords, word) != kLogWords.end();
}

string_view without_log_prefix(string_view line) {
  while (true) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == string_view::npos) return line;
    const string_view rest = line.substr(start);
    const string_view word = rest.substr(0, rest.find_first_of(" \t"));
    if (word.empty() || !is_log_prefix(word)) return line;
    line = rest.substr(word.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
}

}  // namespace

std::string plain_message(string_view text) {
  // Twice: a tracker may have escaped what was escaped ("&amp;quot;").
  const std::string plain =
      without_controls(with_replacements(with_replacements(without_controls(text))));
  std::string result;
  result.reserve(plain.size());
  for (string_view rest = plain; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    result += without_log_prefix(rest.substr(0, end));
    rest.remove_prefix(end);
    if (rest.empty()) break;
    result += '\n';
    rest.remove_prefix(1);
  }
  return result;
}

std::string one_line(string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

}  // namespace effgate
