#include "harness/base/files.h"

#include <gtest/gtest.h>

#include <fstream>

namespace effgate {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  fs::path in(const std::string& name) { return directory_->path() / name; }
  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create();
};

TEST_F(Files, maps_a_file_byte_for_byte) {
  std::ofstream(in("a")) << "hello";
  auto file = MappedFile::open(in("a"));
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->bytes().size(), 5u);
  EXPECT_EQ(file->bytes()[1], std::byte{'e'});
}

TEST_F(Files, keeps_the_mapping_in_place_when_it_is_moved) {
  std::ofstream(in("a")) << "hello";
  auto file = MappedFile::open(in("a"));
  const std::byte* before = file->bytes().data();
  const MappedFile moved = *std::move(file);
  EXPECT_EQ(moved.bytes().data(), before);
}

TEST_F(Files, says_which_file_is_missing) {
  const auto file = MappedFile::open(in("nothing"));
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().kind, ErrorKind::not_found);
  EXPECT_NE(file.error().message.find("nothing"), std::string::npos);
}

TEST_F(Files, refuses_to_map_a_directory) {
  EXPECT_EQ(MappedFile::open(directory_->path()).error().kind, ErrorKind::io);
}

TEST_F(Files, replaces_a_file_whole) {
  ASSERT_TRUE(write_file_atomically(in("a"), "old").ok());
  ASSERT_TRUE(write_file_atomically(in("a"), "new").ok());
  EXPECT_EQ(*read_text_file(in("a")), "new");
}

TEST_F(Files, leaves_the_old_file_and_no_rest_when_the_check_refuses) {
  ASSERT_TRUE(write_file_atomically(in("a"), "old").ok());
  const Status outcome = replace_file_atomically(
      in("a"),
      [](const fs::path& beside) {
        std::ofstream(beside) << "new";
        return success();
      },
      [](const fs::path&) {
        return Status(Error{ErrorKind::bug, "not what was meant"});
      });
  EXPECT_EQ(outcome.error().message, "not what was meant");
  EXPECT_EQ(*read_text_file(in("a")), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_->path()), fs::directory_iterator()), 1);
}

TEST_F(Files, does_not_read_past_a_limit) {
  ASSERT_TRUE(write_file_atomically(in("a"), "12345").ok());
  EXPECT_TRUE(read_text_file(in("a"), 5).ok());
  EXPECT_EQ(read_text_file(in("a"), 4).error().kind, ErrorKind::unsupported);
}

TEST_F(Files, removes_a_temporary_directory_with_its_content) {
  fs::path path;
  {
    auto directory = TemporaryDirectory::create();
    path = directory->path();
    std::ofstream(path / "x") << "x";
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace effgate
