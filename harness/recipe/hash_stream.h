#pragma once

#include <cstdint>
#include <string_view>

namespace effgate {

// FNV-1a over the UTF-8 bytes of a key.
std::uint64_t fnv1a(std::string_view key);

// SplitMix64's finaliser.
constexpr std::uint64_t mix_bits(std::uint64_t z) {
  z ^= z >> 30;
  z *= 0xBF58476D1CE4E5B9;
  z ^= z >> 27;
  z *= 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// The recipe's random numbers of one key and seed, addressed by index: any of them can be had
// without those before it, and they are the same everywhere.
class HashStream {
 public:
  HashStream(std::string_view key, std::uint64_t seed)
      : base_(mix_bits(fnv1a(key) ^ (seed * kGolden))) {}

  std::uint64_t base() const { return base_; }
  std::uint64_t bits(std::uint64_t index) const { return mix_bits(base_ + (index + 1) * kGolden); }
  // In [-1, 1), a multiple of 2^-23: exact in float32.
  double signed_unit(std::uint64_t index) const {
    return static_cast<double>(bits(index) >> 40) * 0x1p-23 - 1.0;
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
  std::uint64_t base_;
};

}  // namespace effgate
