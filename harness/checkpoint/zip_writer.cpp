#include "harness/checkpoint/zip_writer.h"

#include <algorithm>
#include <cerrno>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/crc32.h"
#include "harness/checkpoint/zip_format.h"

namespace effgate {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kWide = 0xFFFFFFFF;  // from here on a value stands in a ZIP64 field

std::uint32_t narrow_or_wide(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min(value, kWide));
}

// An extra field "FB" of just the length that moves what follows it to a multiple of 64.
std::string padding_field(std::uint64_t field_position) {
  constexpr std::uint64_t kFieldHeader = 4;
  const std::uint64_t unpadded = field_position + kFieldHeader;
  const std::uint64_t filler = (kAlignment - unpadded % kAlignment) % kAlignment;
  std::string field = "FB";
  field += static_cast<char>(filler);
  field += '\0';
  field.append(static_cast<std::size_t>(filler), 'Z');
  return field;
}

}  // namespace

Result<ZipWriter> ZipWriter::create(const std::filesystem::path& path) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  if (!stream) return system_error("creating", path, errno);
  return ZipWriter(path, std::move(stream));
}

void ZipWriter::write(std::span<const std::byte> bytes) { write(as_text(bytes)); }

void ZipWriter::write(std::string_view text) {
  stream_.write(text.data(), static_cast<std::streamsize>(text.size()));
  position_ += text.size();
}

template <typename Header>
void ZipWriter::write_header(const Header& header) {
  write(std::as_bytes(std::span(&header, 1)));
}

Status ZipWriter::healthy() {
  if (stream_) return success();
  return system_error("writing", path_, errno);
}

Status ZipWriter::add(std::string_view name, std::span<const std::byte> data) {
  const Record record{std::string(name), position_, data.size(), crc32(data)};
  const std::string extra = padding_field(position_ + sizeof(ZipLocalHeader) + name.size());
  ZipLocalHeader local;
  local.flags = kZipTorchFlags;
  local.name_bytes = static_cast<std::uint16_t>(name.size());
  local.extra_bytes = static_cast<std::uint16_t>(extra.size());
  write_header(local);
  write(name);
  write(extra);
  write(data);
  if (record.bytes >= kWide || record.header_offset >= kWide) {
    Zip64DataDescriptor descriptor;
    descriptor.crc = record.crc;
    descriptor.stored_bytes = descriptor.bytes = record.bytes;
    write_header(descriptor);
  } else if (record.bytes > 0) {
    ZipDataDescriptor descriptor;
    descriptor.crc = record.crc;
    descriptor.stored_bytes = descriptor.bytes = static_cast<std::uint32_t>(record.bytes);
    write_header(descriptor);
  }
  records_.push_back(record);
  return healthy();
}

void ZipWriter::write_directory_entry(const Record& record) {
  std::vector<std::uint64_t> wide;
  if (record.bytes >= kWide) wide.insert(wide.end(), {record.bytes, record.bytes});
  if (record.header_offset >= kWide) wide.push_back(record.header_offset);
  ZipDirectoryEntry entry;
  entry.flags = kZipTorchFlags;
  entry.crc = record.crc;
  entry.stored_bytes = entry.bytes = narrow_or_wide(record.bytes);
  entry.name_bytes = static_cast<std::uint16_t>(record.name.size());
  entry.extra_bytes = static_cast<std::uint16_t>(wide.empty() ? 0 : 4 + 8 * wide.size());
  entry.header_offset = narrow_or_wide(record.header_offset);
  write_header(entry);
  write(record.name);
  if (wide.empty()) return;
  write_header(kZip64ExtraId);
  write_header(static_cast<std::uint16_t>(8 * wide.size()));
  for (const std::uint64_t value : wide) write_header(value);
}

Status ZipWriter::finish() {
  const std::uint64_t offset = position_;
  for (const Record& record : records_) write_directory_entry(record);
  Zip64EndRecord wide_end;
  wide_end.entries_on_disk = wide_end.entries = records_.size();
  wide_end.directory_offset = offset;
  wide_end.directory_bytes = position_ - offset;
  Zip64Locator locator;
  locator.end_record_offset = position_;
  ZipEndRecord end;
  end.entries_on_disk = end.entries =
      static_cast<std::uint16_t>(std::min<std::size_t>(records_.size(), 0xFFFF));
  end.directory_bytes = narrow_or_wide(wide_end.directory_bytes);
  end.directory_offset = narrow_or_wide(offset);
  write_header(wide_end);
  write_header(locator);
  write_header(end);
  stream_.close();
  return healthy();
}

std::vector<std::uint32_t> ZipWriter::checksums() const {
  std::vector<std::uint32_t> all;
  for (const Record& record : records_) all.push_back(record.crc);
  return all;
}

}  // namespace effgate
