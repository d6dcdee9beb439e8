#pragma once

#include <cstdint>

namespace effgate {

// The structures of a zip file (PKWARE's APPNOTE 6.3, sections 4.3.7 to 4.3.16), byte by byte;
// numbers are little-endian, and this program runs on little-endian machines only.
#pragma pack(push, 1)

struct ZipLocalHeader {
  static constexpr std::uint32_t kSignature = 0x04034b50;
  std::uint32_t signature = kSignature;
  std::uint16_t version_needed = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t dos_date_time = 0;
  std::uint32_t crc = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t bytes = 0;
  std::uint16_t name_bytes = 0;
  std::uint16_t extra_bytes = 0;
};

struct ZipDataDescriptor {
  static constexpr std::uint32_t kSignature = 0x08074b50;
  std::uint32_t signature = kSignature;
  std::uint32_t crc = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t bytes = 0;
};

struct Zip64DataDescriptor {
  std::uint32_t signature = ZipDataDescriptor::kSignature;
  std::uint32_t crc = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t bytes = 0;
};

struct ZipDirectoryEntry {
  static constexpr std::uint32_t kSignature = 0x02014b50;
  std::uint32_t signature = kSignature;
  std::uint16_t version_made_by = 0;
  std::uint16_t version_needed = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t dos_date_time = 0;
  std::uint32_t crc = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t bytes = 0;
  std::uint16_t name_bytes = 0;
  std::uint16_t extra_bytes = 0;
  std::uint16_t comment_bytes = 0;
  std::uint16_t disk = 0;
  std::uint16_t internal_attributes = 0;
  std::uint32_t external_attributes = 0;
  std::uint32_t header_offset = 0;
};

struct Zip64EndRecord {
  static constexpr std::uint32_t kSignature = 0x06064b50;
  std::uint32_t signature = kSignature;
  std::uint64_t bytes_after_this = 44;
  std::uint16_t version_made_by = 0x031e;
  std::uint16_t version_needed = 0x002d;
  std::uint32_t disk = 0;
  std::uint32_t directory_disk = 0;
  std::uint64_t entries_on_disk = 0;
  std::uint64_t entries = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t directory_offset = 0;
};

struct Zip64Locator {
  static constexpr std::uint32_t kSignature = 0x07064b50;
  std::uint32_t signature = kSignature;
  std::uint32_t disk = 0;
  std::uint64_t end_record_offset = 0;
  std::uint32_t disks = 1;
};

struct ZipEndRecord {
  static constexpr std::uint32_t kSignature = 0x06054b50;
  std::uint32_t signature = kSignature;
  std::uint16_t disk = 0;
  std::uint16_t directory_disk = 0;
  std::uint16_t entries_on_disk = 0;
  std::uint16_t entries = 0;
  std::uint32_t directory_bytes = 0;
  std::uint32_t directory_offset = 0;
  std::uint16_t comment_bytes = 0;
};

#pragma pack(pop)

static_assert(sizeof(ZipLocalHeader) == 30 && sizeof(ZipDirectoryEntry) == 46 &&
              sizeof(ZipEndRecord) == 22 && sizeof(Zip64EndRecord) == 56 &&
              sizeof(Zip64Locator) == 20 && sizeof(ZipDataDescriptor) == 16 &&
              sizeof(Zip64DataDescriptor) == 24);

inline constexpr std::uint16_t kZipStored = 0;
inline constexpr std::uint16_t kZipDeflated = 8;
// Bit 0 encrypted, bit 6 strongly so, bit 13 with a masked header.
inline constexpr std::uint16_t kZipEncryptionFlags = 0x2041;
// Bit 3: sizes follow the data; bit 11: names are UTF-8.
inline constexpr std::uint16_t kZipTorchFlags = 0x0808;
inline constexpr std::uint16_t kZip64ExtraId = 1;

}  // namespace effgate
