#include "harness/recipe/hash_stream.h"

namespace effgate {

std::uint64_t fnv1a(std::string_view key) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : key) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x00000100000001B3;
  }
  return hash;
}

}  // namespace effgate
