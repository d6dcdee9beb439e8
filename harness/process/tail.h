#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace effgate {

// The last bytes of a stream, in bounded memory: at most twice `keep_bytes`.
class Tail {
 public:
  explicit Tail(std::size_t keep_bytes) : keep_bytes_(keep_bytes) {}

  void append(std::string_view bytes);

  // The last `keep_bytes` that were appended, or fewer.
  std::string_view text() const;
  // The same, and forgets it.
  std::string take();
  // Bytes that were appended before text() and are lost.
  std::uint64_t dropped() const;

 private:
  std::size_t keep_bytes_;
  std::string kept_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace effgate
