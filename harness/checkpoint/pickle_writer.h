#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace effgate {

// Writes pickle protocol 2 as CPython's pickler does, memo numbers included, so that the same
// object gives the same bytes. The caller says what an object is; a text or global that was
// written before with the same `shared` name is recalled, as Python does for one and the same
// object.
class PickleWriter {
 public:
  PickleWriter() { bytes_ = "\x80\x02"; }

  void integer(std::int64_t value);
  void boolean(bool value) { bytes_ += value ? '\x88' : '\x89'; }
  void none() { bytes_ += 'N'; }
  // A text of its own, memoised but never recalled.
  void text(std::string_view value);
  // A text that is one object wherever it appears.
  void shared_text(std::string_view value);
  void global(std::string_view module, std::string_view name);
  void empty_tuple() { bytes_ += ')'; }
  // Before the items of a tuple, and after them; up to three items need no mark.
  void begin_tuple(std::size_t items);
  void end_tuple(std::size_t items);
  void empty_dict();
  void empty_list();
  void append() { bytes_ += 'a'; }
  void mark() { bytes_ += '('; }
  void set_item() { bytes_ += 's'; }
  void set_items() { bytes_ += 'u'; }
  void reduce();
  void persistent_id() { bytes_ += 'Q'; }
  void build() { bytes_ += 'b'; }
  // For picklers other than CPython's: an opcode alone, and a memo number for what was just
  // written.
  void opcode(char code) { bytes_ += code; }
  void memoize();

  // Ends the pickle.
  std::string finish() {
    bytes_ += '.';
    return std::move(bytes_);
  }

 private:
  bool recall(const std::string& shared);
  template <typename Number>
  void number(Number value);

  std::string bytes_;
  std::uint32_t memo_size_ = 0;
  std::unordered_map<std::string, std::uint32_t> memo_;
};

}  // namespace effgate
