#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace effgate {

using Sha256Digest = std::array<std::uint8_t, 32>;

// SHA-256, fed piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  // Ends the stream; the object is not used again.
  Sha256Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// 64 lower-case hexadecimal digits.
std::string hex_text(const Sha256Digest& digest);
std::string sha256_hex(std::string_view text);
std::string sha256_hex(std::span<const std::byte> bytes);
Result<std::string> sha256_hex_of_file(const std::filesystem::path& path);

}  // namespace effgate
