#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace effgate {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);

// Shell-style pattern over the whole text: `*` any run of characters, `?` one character.
bool matches_pattern(std::string_view text, std::string_view pattern);

// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The valid names closest to what was typed, best first, at most three; none that shares little
// with it.
std::vector<std::string> nearest_names(std::string_view typed, std::span<const std::string> valid);

// ", did you mean X or Y?", or "" where nothing is near.
std::string did_you_mean(std::string_view typed, std::span<const std::string> valid);

// RFC 3986: everything outside A-Z a-z 0-9 - . _ ~ and the characters of `also_plain` becomes %XX.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});

// Whether Python decodes it as UTF-8 with the error handler `surrogatepass`, as unpickling does.
bool is_utf8_with_surrogates(std::string_view bytes);

// Bytes that are no valid UTF-8, control characters other than newline and tab, U+FFFE and U+FFFF
// become U+FFFD, so that text from outside can be stored, printed and put into JSON and XML.
std::string printable_utf8(std::string_view bytes);
// The same on one line: newlines and tabs become U+FFFD, too, so that a name cannot pose as a line
// of output.
std::string printable_line(std::string_view bytes);

// The shortest decimal text that reads back as the same double, in every locale.
std::string number_text(double value);
// A number with `digits` significant digits, in every locale.
std::string rounded_text(double value, int digits);
std::optional<double> parse_number(std::string_view text);
std::optional<long long> parse_integer(std::string_view text);

// "3.9 MB", in powers of 1000.
std::string bytes_text(unsigned long long bytes);

// `word` quoted so that a POSIX shell reads it back as one word; unquoted where that is safe.
std::string shell_quoted(std::string_view word);

}  // namespace effgate
