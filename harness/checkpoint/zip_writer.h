#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace effgate {

// Writes a zip file as torch's own writer lays it out: stored records, data at multiples of 64
// bytes, sizes and checksum behind each record, a ZIP64 end record always.
class ZipWriter {
 public:
  static Result<ZipWriter> create(const std::filesystem::path& path);

  Status add(std::string_view name, std::span<const std::byte> data);
  // Writes the directory and closes the file.
  Status finish();

  // The checksums of all records so far, in order.
  std::vector<std::uint32_t> checksums() const;

 private:
  struct Record {
    std::string name;
    std::uint64_t header_offset = 0;
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
  };

  ZipWriter(std::filesystem::path path, std::ofstream stream)
      : path_(std::move(path)), stream_(std::move(stream)) {}
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  template <typename Header>
  void write_header(const Header& header);
  void write_directory_entry(const Record& record);
  Status healthy();

  std::filesystem::path path_;
  std::ofstream stream_;
  std::uint64_t position_ = 0;
  std::vector<Record> records_;
};

}  // namespace effgate
