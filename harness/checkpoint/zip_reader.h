#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// One record of a zip file. Everything points into the file's bytes.
struct ZipRecord {
  std::string_view name;
  std::span<const std::byte> data;
  std::uint64_t bytes = 0;  // of `data` once it is inflated
  std::uint32_t crc = 0;    // 0: not recorded
  bool deflated = false;    // then `data` is the deflated form
};

// The directory of a zip file. Encrypted, doubly named and overlapping records are refused, and so
// is a local header that contradicts the directory: two readers must not see two files.
class ZipReader {
 public:
  // Error kinds: truncated where the directory is not there, malformed otherwise.
  static Result<ZipReader> open(std::span<const std::byte> file);

  const std::vector<ZipRecord>& records() const { return records_; }  // in directory order
  // Gives a deflated record the bytes that it inflates to, which must outlive the reader.
  void replace_by_inflated(std::size_t record, std::span<const std::byte> bytes);
  // nullptr where there is none of that name.
  const ZipRecord* find(std::string_view name) const;
  // How many bytes follow the zip's end; at most 65535, or the end is not found.
  std::uint64_t bytes_behind() const { return bytes_behind_; }

 private:
  std::vector<ZipRecord> records_;
  std::uint64_t bytes_behind_ = 0;
  std::vector<std::uint32_t> by_name_;  // indices of records_, sorted by name
};

// Whether the record's bytes have the checksum that the directory records for them; of a deflated
// record that cannot be told, and nothing is wrong.
Status verify(const ZipRecord& record);

}  // namespace effgate
