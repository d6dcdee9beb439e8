#include "harness/doctor/load_error.h"

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace effgate {
namespace {

using std::string_view;

constexpr std::size_t kMostEntries = 100'000;
constexpr string_view kOpening = "in loading state_dict for ";
constexpr string_view kMissing = "Missing key(s) in state_dict:";
constexpr string_view kUnexpected = "Unexpected key(s) in state_dict:";
constexpr string_view kMismatch = "size mismatch for ";
constexpr string_view kFileShape = ": copying a param with shape ";
constexpr string_view kModelShape = "the shape in current model is ";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// "ESC [ … letter", as terminals colour with.
std::size_t colour_length(string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;?", 2);
  return end == string_view::npos ? text.size() : end + 1;
}

// Takes `"key", "key"`; what follows the last quote says whether the list is whole: a full stop.
KeyList key_list(string_view text) {
  KeyList list;
  list.given = true;
  list.complete = false;
  while (list.keys.size() < kMostEntries) {
    while (!text.empty() && (is_space(text.front()) || text.front() == ',')) text.remove_prefix(1);
    if (!text.starts_with('"')) break;
    const std::size_t end = text.find('"', 1);
    if (end == string_view::npos) break;
    list.keys.emplace_back(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
  }
  list.complete = text.starts_with('.') && !text.starts_with("..");
  return list;
}

KeyList list_after(string_view text, string_view heading) {
  const std::size_t start = text.find(heading);
  return start == string_view::npos ? KeyList{} : key_list(text.substr(start + heading.size()));
}

// "torch.Size([64, 3])" or, as old versions wrote, "[64, 3]".
std::optional<std::vector<std::int64_t>> parse_shape(string_view text) {
  const std::size_t open = text.find('['), close = text.find(']');
  if (open == string_view::npos || close == string_view::npos || close < open || open > 12)
    return std::nullopt;
  std::vector<std::int64_t> shape;
  const string_view inner = text.substr(open + 1, close - open - 1);
  if (trim(inner).empty()) return shape;
  for (const std::string& part : split(inner, ',')) {
    const auto number = parse_integer(trim(part));
    if (!number || *number < 0) return std::nullopt;
    shape.push_back(*number);
  }
  return shape;
}

std::optional<ShapeMismatch> parse_mismatch(string_view line) {
  const std::size_t file = line.find(kFileShape), model = line.find(kModelShape);
  if (file == string_view::npos || model == string_view::npos || model < file) return std::nullopt;
  auto file_shape = parse_shape(line.substr(file + kFileShape.size()));
  auto model_shape = parse_shape(line.substr(model + kModelShape.size()));
  if (!file_shape || !model_shape) return std::nullopt;
  return ShapeMismatch{std::string(line.substr(0, file)), *std::move(file_shape),
                       *std::move(model_shape)};
}

void read_mismatches(string_view text, LoadError& error) {
  std::size_t at = text.find(kMismatch);
  while (at != string_view::npos) {
    const std::size_t start = at + kMismatch.size();
    at = text.find(kMismatch, start);
    auto mismatch = parse_mismatch(text.substr(start, at == string_view::npos ? at : at - start));
    if (!mismatch || error.mismatched.size() == kMostEntries) {
      error.mismatches_complete = false;
      continue;
    }
    error.mismatched.push_back(*std::move(mismatch));
  }
}

std::string module_name(string_view text) {
  const std::size_t start = text.find(kOpening);
  if (start == string_view::npos) return "";
  const string_view rest = text.substr(start + kOpening.size());
  return std::string(rest.substr(0, rest.find_first_of(": \n\t")));
}

}  // namespace

std::string plain_message(string_view text) {
  constexpr string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    if (const std::size_t colour = colour_length(text); colour > 0) {
      text.remove_prefix(colour);
      continue;
    }
    if (text.front() != '\r') plain += text.front();
    text.remove_prefix(1);
  }
  return plain;
}

std::optional<LoadError> parse_load_error(string_view text) {
  LoadError error;
  error.module = module_name(text);
  error.missing = list_after(text, kMissing);
  error.unexpected = list_after(text, kUnexpected);
  read_mismatches(text, error);
  if (!error.missing.given && !error.unexpected.given && error.mismatched.empty())
    return std::nullopt;
  return error;
}

}  // namespace effgate
