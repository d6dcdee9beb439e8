#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace effgate {

// The CRC-32 of zip files (polynomial 0xEDB88320, reflected). `before` is the checksum of the bytes
// that came before these.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace effgate
