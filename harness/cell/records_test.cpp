#include "harness/cell/records.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(Records, each_is_in_the_file_as_soon_as_it_is_appended) {
  const auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(directory.ok());
  const auto path = directory->path() / "result.jsonl";
  auto records = RecordFile::open(path);
  ASSERT_TRUE(records.ok());
  ASSERT_TRUE(records->append(FingerprintRecord{"class/3", "00"}).ok());
  EXPECT_EQ(whole_records(*read_text_file(path)).size(), 1);
  ASSERT_TRUE(records->append(EndRecord{"measured", "", "", 0}).ok());
  EXPECT_EQ(whole_records(*read_text_file(path)).size(), 2);
}

TEST(Records, of_an_earlier_process_are_kept) {
  const auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(directory.ok());
  const auto path = directory->path() / "result.jsonl";
  for (int process = 0; process < 2; ++process) {
    auto records = RecordFile::open(path);
    ASSERT_TRUE(records->append(FingerprintRecord{"class/3", "00"}).ok());
  }
  EXPECT_EQ(whole_records(*read_text_file(path)).size(), 2);
}

TEST(Records, a_file_that_cannot_be_written_is_an_error) {
  EXPECT_FALSE(RecordFile::open("/no/such/folder/result.jsonl").ok());
  auto full = RecordFile::open("/dev/full");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->append(FingerprintRecord{"class/3", "00"}).error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace effgate
