#include "harness/checkpoint/zip_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"
#include "harness/checkpoint/zip_format.h"
#include "harness/checkpoint/zip_writer.h"

namespace effgate {
namespace {

using testing::HasSubstr;

template <typename Header>
std::string bytes_of(const Header& header) {
  return std::string(as_text(std::as_bytes(std::span(&header, 1))));
}

// One record "a/b" of four bytes, whose sizes and offset stand in a ZIP64 field of `wide_values`.
std::string wide_zip(const std::vector<std::uint64_t>& wide_values) {
  ZipLocalHeader local;
  local.name_bytes = 3;
  ZipDirectoryEntry entry;
  entry.name_bytes = 3;
  entry.stored_bytes = entry.bytes = entry.header_offset = 0xFFFFFFFF;
  entry.extra_bytes = static_cast<std::uint16_t>(4 + 8 * wide_values.size());
  std::string directory = bytes_of(entry) + "a/b" + bytes_of(kZip64ExtraId) +
                          bytes_of(static_cast<std::uint16_t>(8 * wide_values.size()));
  for (const std::uint64_t value : wide_values) directory += bytes_of(value);
  const std::string front = bytes_of(local) + "a/bdata";
  ZipEndRecord end;
  end.entries = end.entries_on_disk = 1;
  end.directory_offset = static_cast<std::uint32_t>(front.size());
  end.directory_bytes = static_cast<std::uint32_t>(directory.size());
  return front + directory + bytes_of(end);
}

TEST(ZipReader, finds_what_the_writer_wrote) {
  const TemporaryDirectory directory = *TemporaryDirectory::create();
  const auto path = directory.path() / "file.zip";
  auto writer = ZipWriter::create(path);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->add("x/first", as_byte_span("one")).ok());
  ASSERT_TRUE(writer->add("x/empty", as_byte_span("")).ok());
  ASSERT_TRUE(writer->finish().ok());
  const auto file = MappedFile::open(path);
  const auto zip = ZipReader::open(file->bytes());
  ASSERT_TRUE(zip.ok()) << zip.error().message;
  ASSERT_EQ(zip->records().size(), 2U);
  EXPECT_EQ(as_text(zip->find("x/first")->data), "one");
  EXPECT_TRUE(verify(*zip->find("x/first")).ok());
  EXPECT_TRUE(zip->find("x/empty")->data.empty());
  EXPECT_EQ(zip->find("x/none"), nullptr);
}

TEST(ZipReader, reads_sizes_and_offset_from_a_zip64_field) {
  const std::string file = wide_zip({4, 4, 0});
  const auto zip = ZipReader::open(as_byte_span(file));
  ASSERT_TRUE(zip.ok()) << zip.error().message;
  EXPECT_EQ(as_text(zip->find("a/b")->data), "data");
}

TEST(ZipReader, refuses_a_zip64_field_that_lacks_a_value_or_reaches_beyond_the_file) {
  EXPECT_THAT(ZipReader::open(as_byte_span(wide_zip({4, 4}))).error().message,
              HasSubstr("ZIP64 field"));
  EXPECT_FALSE(ZipReader::open(as_byte_span(wide_zip({5, 5, 0}))).ok() &&
               as_text(ZipReader::open(as_byte_span(wide_zip({5, 5, 0})))->find("a/b")->data) ==
                   "data");
  EXPECT_FALSE(ZipReader::open(as_byte_span(wide_zip({UINT64_MAX, UINT64_MAX, 0}))).ok());
  EXPECT_FALSE(ZipReader::open(as_byte_span(wide_zip({4, 4, UINT64_MAX}))).ok());
}

TEST(ZipReader, allows_a_comment_and_counts_the_bytes_behind_it) {
  std::string file = wide_zip({4, 4, 0});
  file[file.size() - 2] = 3;
  const std::string commented = file + "abc";
  EXPECT_EQ(ZipReader::open(as_byte_span(commented))->bytes_behind(), 0U);
  const std::string appended = file + "abc\n";
  EXPECT_EQ(ZipReader::open(as_byte_span(appended))->bytes_behind(), 1U);
  const std::string too_short = file + "ab";
  EXPECT_EQ(ZipReader::open(as_byte_span(too_short)).error().kind, ErrorKind::truncated);
}

TEST(ZipReader, finds_no_end_behind_which_more_follows_than_a_comment_may_hold) {
  const std::string file = wide_zip({4, 4, 0});
  const std::string within = file + std::string(0xFFFF, 'x');
  EXPECT_TRUE(ZipReader::open(as_byte_span(within)).ok());
  const std::string beyond = within + "x";
  EXPECT_EQ(ZipReader::open(as_byte_span(beyond)).error().kind, ErrorKind::truncated);
}

// A directory of `count` records without a name that all lie at the front.
std::string zip_of_records(std::uint64_t count) {
  const std::string front = bytes_of(ZipLocalHeader{});
  std::string directory;
  for (std::uint64_t i = 0; i < count; ++i) directory += bytes_of(ZipDirectoryEntry{});
  Zip64EndRecord wide;
  wide.entries = wide.entries_on_disk = count;
  wide.directory_offset = front.size();
  wide.directory_bytes = directory.size();
  Zip64Locator locator;
  locator.end_record_offset = front.size() + directory.size();
  ZipEndRecord end;
  end.entries = end.entries_on_disk = 0xFFFF;
  end.directory_offset = end.directory_bytes = 0xFFFFFFFF;
  return front + directory + bytes_of(wide) + bytes_of(locator) + bytes_of(end);
}

TEST(ZipReader, refuses_more_records_than_any_checkpoint_has_before_it_reads_them) {
  const std::string many = zip_of_records(200'000);
  EXPECT_THAT(ZipReader::open(as_byte_span(many)).error().message, HasSubstr("more records than"));
  EXPECT_TRUE(ZipReader::open(as_byte_span(zip_of_records(1))).ok());
}

TEST(ZipReader, refuses_names_that_no_checkpoint_has) {
  const auto zip_with_name = [](std::size_t length) {
    const TemporaryDirectory directory = *TemporaryDirectory::create();
    const auto path = directory.path() / "file.zip";
    auto writer = ZipWriter::create(path);
    EXPECT_TRUE(writer->add(std::string(length, 'n'), as_byte_span("one")).ok());
    EXPECT_TRUE(writer->finish().ok());
    return *read_text_file(path);
  };
  EXPECT_TRUE(ZipReader::open(as_byte_span(zip_with_name(1024))).ok());
  EXPECT_THAT(ZipReader::open(as_byte_span(zip_with_name(1025))).error().message,
              HasSubstr("has too long a name"));
}

}  // namespace
}  // namespace effgate
