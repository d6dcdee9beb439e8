#include "harness/checkpoint/pickle_writer.h"

#include <array>
#include <cstring>
#include <limits>

namespace effgate {

template <typename Number>
void PickleWriter::number(Number value) {
  std::array<char, sizeof(Number)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(Number));
  bytes_.append(bytes.data(), bytes.size());
}

void PickleWriter::integer(std::int64_t value) {
  if (value >= 0 && value <= 0xFF) {
    bytes_ += 'K';
    number(static_cast<std::uint8_t>(value));
  } else if (value >= 0 && value <= 0xFFFF) {
    bytes_ += 'M';
    number(static_cast<std::uint16_t>(value));
  } else if (value >= std::numeric_limits<std::int32_t>::min() &&
             value <= std::numeric_limits<std::int32_t>::max()) {
    bytes_ += 'J';
    number(static_cast<std::int32_t>(value));
  } else {
    // LONG1 with as few bytes as keep the sign.
    std::uint8_t length = 8;
    while (length > 1 && (value << (8 * (9 - length))) >> (8 * (9 - length)) == value) --length;
    bytes_ += '\x8a';
    number(length);
    std::array<char, 8> all;
    std::memcpy(all.data(), &value, all.size());
    bytes_.append(all.data(), length);
  }
}

void PickleWriter::text(std::string_view value) {
  bytes_ += 'X';
  number(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
  memoize();
}

void PickleWriter::shared_text(std::string_view value) {
  const std::string shared = "text " + std::string(value);
  if (recall(shared)) return;
  memo_[shared] = memo_size_;
  text(value);
}

void PickleWriter::global(std::string_view module, std::string_view name) {
  const std::string line = std::string(module) + "\n" + std::string(name) + "\n";
  const std::string shared = "global " + line;
  if (recall(shared)) return;
  memo_[shared] = memo_size_;
  bytes_ += 'c';
  bytes_ += line;
  memoize();
}

void PickleWriter::begin_tuple(std::size_t items) {
  if (items > 3) mark();
}

void PickleWriter::end_tuple(std::size_t items) {
  constexpr std::string_view kOneToThree = "\x85\x86\x87";
  if (items == 0) return empty_tuple();
  bytes_ += items > 3 ? 't' : kOneToThree[items - 1];
  memoize();
}

void PickleWriter::empty_dict() {
  bytes_ += '}';
  memoize();
}

void PickleWriter::empty_list() {
  bytes_ += ']';
  memoize();
}

void PickleWriter::reduce() {
  bytes_ += 'R';
  memoize();
}

void PickleWriter::memoize() {
  if (memo_size_ <= 0xFF) {
    bytes_ += 'q';
    number(static_cast<std::uint8_t>(memo_size_));
  } else {
    bytes_ += 'r';
    number(memo_size_);
  }
  ++memo_size_;
}

bool PickleWriter::recall(const std::string& shared) {
  const auto at = memo_.find(shared);
  if (at == memo_.end()) return false;
  if (at->second <= 0xFF) {
    bytes_ += 'h';
    number(static_cast<std::uint8_t>(at->second));
  } else {
    bytes_ += 'j';
    number(at->second);
  }
  return true;
}

}  // namespace effgate
