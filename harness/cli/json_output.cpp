#include "harness/cli/json_output.h"

#include <ostream>
#include <string>

namespace effgate {
namespace {

std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Member by member, so that the text of a large document never lies in memory beside it.
void write(std::ostream& out, const Json& value, std::size_t depth);

// The lines of a list or an object; `write_item(i)` writes the one at i.
template <typename WriteItem>
void write_lines(std::ostream& out, std::string_view brackets, std::size_t size, std::size_t depth,
                 const WriteItem& write_item) {
  out << brackets[0];
  for (std::size_t i = 0; i < size; ++i) {
    out << (i == 0 ? "\n" : ",\n") << std::string(depth + 1, ' ');
    write_item(i);
  }
  if (size > 0) out << '\n' << std::string(depth, ' ');
  out << brackets[1];
}

// `list` stands for the member of its key; null for none.
void write_object(std::ostream& out, const Json& object, std::size_t depth, const LongList* list) {
  auto member = object.begin();
  write_lines(out, "{}", object.size(), depth, [&](std::size_t) {
    out << text_of(member.key()) << ": ";
    if (list != nullptr && member.key() == list->key) {
      write_lines(out, "[]", list->size, depth + 1,
                  [&](std::size_t i) { write(out, list->item(i), depth + 2); });
    } else {
      write(out, member.value(), depth + 1);
    }
    ++member;
  });
}

void write(std::ostream& out, const Json& value, std::size_t depth) {
  if (value.is_object()) {
    write_object(out, value, depth, nullptr);
  } else if (value.is_array()) {
    write_lines(out, "[]", value.size(), depth,
                [&](std::size_t i) { write(out, value[i], depth + 1); });
  } else {
    out << text_of(value);
  }
}

}  // namespace

void print_json(Console& console, const Json& document) {
  write(console.out(), document, 0);
  console.out() << '\n';
}

void print_json(Console& console, const Json& document, const LongList& list) {
  write_object(console.out(), document, 0, &list);
  console.out() << '\n';
}

}  // namespace effgate
