#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace effgate {

// XXH64 with seed 0 over the bytes, 16 lower-case hexadecimal digits. Equal outputs have equal
// fingerprints, so that two libraries can be found bit-equal without keeping what they computed.
std::string fingerprint(std::span<const std::byte> bytes);

}  // namespace effgate
