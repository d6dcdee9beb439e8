#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace effgate {

// Reads little-endian numbers and pieces from the front of a span; nothing is taken where less is
// left than asked for.
class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t left() const { return bytes_.size() - position_; }

  std::optional<std::span<const std::byte>> take(std::uint64_t count) {
    if (count > left()) return std::nullopt;
    const auto piece = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += piece.size();
    return piece;
  }

  template <typename Number>
  std::optional<Number> number() {
    static_assert(std::is_trivially_copyable_v<Number>);
    const auto piece = take(sizeof(Number));
    if (!piece) return std::nullopt;
    Number value;
    std::memcpy(&value, piece->data(), sizeof(Number));
    return value;
  }

  // Up to the next newline, which is taken too.
  std::optional<std::string_view> line() {
    const std::string_view rest(data() + position_, left());
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    position_ += end + 1;
    return rest.substr(0, end);
  }

 private:
  const char* data() const {
    return static_cast<const char*>(static_cast<const void*>(bytes_.data()));
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

// The bytes as characters.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

inline std::span<const std::byte> as_byte_span(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace effgate
