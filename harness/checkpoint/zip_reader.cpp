#include "harness/checkpoint/zip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>

#include "harness/base/text.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/crc32.h"
#include "harness/checkpoint/zip_format.h"

namespace effgate {
namespace {

using Bytes = std::span<const std::byte>;

// Every tensor may have a record, and a module archive code beside them.
constexpr std::uint64_t kMostRecords = std::uint64_t{1} << 17;
// Thousands of names are compared with each other.
constexpr std::size_t kLongestName = 1024;

Error broken(std::string_view why) {
  return Error{ErrorKind::malformed, fmt::format("reading the zip directory: {}", why)};
}

Error broken(std::string_view record, std::string_view why) {
  return broken(fmt::format("record {} {}", printable_utf8(record.substr(0, 200)), why));
}

template <typename Header>
std::optional<Header> header_at(Bytes file, std::uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, file.data() + offset, sizeof(Header));
  if (header.signature != Header::kSignature) return std::nullopt;
  return header;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_behind = 0;  // the end record and its comment
};

// The end record stands at the very end, before a comment of at most 65535 bytes. Where no record
// ends with the file, the last one within reach is taken, as torch's reader does: something was
// appended.
std::optional<std::uint64_t> find_end_record(Bytes file) {
  if (file.size() < sizeof(ZipEndRecord)) return std::nullopt;
  const std::uint64_t last = file.size() - sizeof(ZipEndRecord);
  const std::uint64_t first = last > 0xFFFF ? last - 0xFFFF : 0;
  std::optional<std::uint64_t> before_more;
  for (std::uint64_t at = last + 1; at-- > first;) {
    const auto end = header_at<ZipEndRecord>(file, at);
    if (!end) continue;
    const std::uint64_t whole = at + sizeof(ZipEndRecord) + end->comment_bytes;
    if (whole == file.size()) return at;
    if (whole < file.size() && !before_more) before_more = at;
  }
  return before_more;
}

Result<Directory> find_directory(Bytes file) {
  const auto at = find_end_record(file);
  if (!at) {
    return Error{ErrorKind::truncated,
                 "reading the zip directory: the file ends before it (no end record)"};
  }
  const ZipEndRecord end = *header_at<ZipEndRecord>(file, *at);
  const std::uint64_t behind = file.size() - *at - sizeof(ZipEndRecord) - end.comment_bytes;
  Directory directory{end.entries, end.directory_offset, end.directory_bytes, behind};
  std::uint64_t directory_end = *at;
  const auto locator = *at >= sizeof(Zip64Locator)
                           ? header_at<Zip64Locator>(file, *at - sizeof(Zip64Locator))
                           : std::nullopt;
  if (locator) {
    const auto wide = header_at<Zip64EndRecord>(file, locator->end_record_offset);
    if (!wide || locator->end_record_offset > *at) return broken("the ZIP64 end record is missing");
    const bool agree =
        (end.entries == wide->entries || end.entries == 0xFFFF) &&
        (end.directory_offset == wide->directory_offset || end.directory_offset == 0xFFFFFFFF) &&
        (end.directory_bytes == wide->directory_bytes || end.directory_bytes == 0xFFFFFFFF);
    if (!agree) return broken("the two end records contradict each other");
    directory = {wide->entries, wide->directory_offset, wide->directory_bytes, behind};
    directory_end = locator->end_record_offset;
  }
  if (directory.bytes > directory_end || directory.offset != directory_end - directory.bytes)
    return broken("it does not stand where the end record says");
  if (directory.entries > directory.bytes / sizeof(ZipDirectoryEntry))
    return broken("it counts more records than it has room for");
  return directory;
}

// A directory entry with its 64-bit values in place.
struct Entry {
  ZipDirectoryEntry fields;
  std::string_view name;
  std::uint64_t stored_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t header_offset = 0;
};

// The ZIP64 extra field holds, in this order, those values that are 0xFFFFFFFF in the entry.
bool widen(Entry& entry, Bytes extra) {
  ByteCursor cursor(extra);
  while (cursor.left() >= 4) {
    const std::uint16_t id = *cursor.number<std::uint16_t>();
    const auto body = cursor.take(*cursor.number<std::uint16_t>());
    if (!body) return false;
    if (id != kZip64ExtraId) continue;
    ByteCursor values(*body);
    for (std::uint64_t* value : {&entry.bytes, &entry.stored_bytes, &entry.header_offset}) {
      if (*value != 0xFFFFFFFF) continue;
      const auto wide = values.number<std::uint64_t>();
      if (!wide) return false;
      *value = *wide;
    }
  }
  return true;
}

Result<Entry> next_entry(ByteCursor& cursor) {
  const auto fields = cursor.number<ZipDirectoryEntry>();
  if (!fields || fields->signature != ZipDirectoryEntry::kSignature)
    return broken("an entry does not begin where it should");
  const auto name = cursor.take(fields->name_bytes);
  const auto extra = name ? cursor.take(fields->extra_bytes) : std::nullopt;
  if (!extra || !cursor.take(fields->comment_bytes)) return broken("an entry is cut off");
  if (name->size() > kLongestName) return broken(as_text(*name), "has too long a name");
  Entry entry{*fields, as_text(*name), fields->stored_bytes, fields->bytes, fields->header_offset};
  if (!widen(entry, *extra)) return broken(entry.name, "has a damaged ZIP64 field");
  return entry;
}

Status check_method(const Entry& entry) {
  if ((entry.fields.flags & kZipEncryptionFlags) != 0) return broken(entry.name, "is encrypted");
  if (entry.fields.method != kZipStored && entry.fields.method != kZipDeflated)
    return broken(entry.name, "is compressed in an unusual way");
  if (entry.fields.method == kZipStored && entry.bytes != entry.stored_bytes)
    return broken(entry.name, "has two sizes");
  return success();
}

// The local header must say the same, or leave open what a data descriptor tells later.
bool agrees(const Entry& entry, const ZipLocalHeader& local) {
  const auto same = [](std::uint64_t here, std::uint64_t there) {
    return here == there || here == 0 || here == 0xFFFFFFFF;
  };
  return local.method == entry.fields.method &&
         (local.flags & kZipEncryptionFlags) == (entry.fields.flags & kZipEncryptionFlags) &&
         same(local.stored_bytes, entry.stored_bytes) && same(local.bytes, entry.bytes) &&
         (local.crc == entry.fields.crc || local.crc == 0 || entry.fields.crc == 0);
}

Result<ZipRecord> record_of(const Entry& entry, Bytes before_directory) {
  EFFGATE_TRY(check_method(entry));
  const auto local = header_at<ZipLocalHeader>(before_directory, entry.header_offset);
  if (!local) return broken(entry.name, "has no local header where the directory says");
  ByteCursor cursor(before_directory.subspan(static_cast<std::size_t>(entry.header_offset) +
                                             sizeof(ZipLocalHeader)));
  const auto name = cursor.take(local->name_bytes);
  const auto extra = name ? cursor.take(local->extra_bytes) : std::nullopt;
  const auto data = extra ? cursor.take(entry.stored_bytes) : std::nullopt;
  if (!data) return broken(entry.name, "reaches beyond the file's data");
  if (as_text(*name) != entry.name || !agrees(entry, *local))
    return broken(entry.name, "is described in two ways, by its header and by the directory");
  return ZipRecord{entry.name, *data, entry.bytes, entry.fields.crc,
                   entry.fields.method == kZipDeflated};
}

// A record occupies everything from its local header to the end of its data.
struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
  std::uint32_t record;
};

Status refuse_overlaps(std::vector<Extent> extents, const std::vector<ZipRecord>& records) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& x, const Extent& y) { return x.begin < y.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].begin < extents[i - 1].end)
      return broken(records[extents[i].record].name, "overlaps another record");
  }
  return success();
}

}  // namespace

Result<ZipReader> ZipReader::open(Bytes file) {
  EFFGATE_ASSIGN(const Directory directory, find_directory(file));
  const auto offset = static_cast<std::size_t>(directory.offset);
  ByteCursor cursor(file.subspan(offset, static_cast<std::size_t>(directory.bytes)));
  if (directory.entries > kMostRecords) return broken("it has more records than any checkpoint");
  ZipReader reader;
  reader.bytes_behind_ = directory.bytes_behind;
  std::vector<Extent> extents;
  extents.reserve(static_cast<std::size_t>(directory.entries));
  reader.records_.reserve(static_cast<std::size_t>(directory.entries));
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    EFFGATE_ASSIGN(const Entry entry, next_entry(cursor));
    EFFGATE_ASSIGN(const ZipRecord record, record_of(entry, file.first(offset)));
    const auto end =
        static_cast<std::uint64_t>(record.data.data() - file.data()) + entry.stored_bytes;
    extents.push_back({entry.header_offset, end, static_cast<std::uint32_t>(i)});
    reader.records_.push_back(record);
  }
  if (cursor.left() != 0) return broken("it has more bytes than entries");
  EFFGATE_TRY(refuse_overlaps(std::move(extents), reader.records_));

  const auto& records = reader.records_;
  auto& by_name = reader.by_name_;
  by_name.resize(records.size());
  std::iota(by_name.begin(), by_name.end(), 0U);
  const auto name_of = [&](std::uint32_t i) { return records[i].name; };
  std::ranges::sort(by_name, {}, name_of);
  const auto twin = std::ranges::adjacent_find(by_name, {}, name_of);
  if (twin != by_name.end()) return broken(name_of(*twin), "is there twice");
  return reader;
}

void ZipReader::replace_by_inflated(std::size_t record, std::span<const std::byte> bytes) {
  records_[record].data = bytes;
  records_[record].deflated = false;
}

const ZipRecord* ZipReader::find(std::string_view name) const {
  const auto name_of = [&](std::uint32_t i) { return records_[i].name; };
  const auto at = std::ranges::lower_bound(by_name_, name, {}, name_of);
  return at != by_name_.end() && name_of(*at) == name ? &records_[*at] : nullptr;
}

Status verify(const ZipRecord& record) {
  if (record.deflated || record.crc == 0 || crc32(record.data) == record.crc) return success();
  return broken(record.name, "has another checksum than the directory says");
}

}  // namespace effgate
