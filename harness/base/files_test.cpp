#include "harness/base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
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

TEST_F(Files, replaces_what_a_link_leads_to_and_leaves_the_link) {
  fs::create_directory(in("published"));
  std::ofstream(in("published/page")) << "old";
  fs::create_symlink("published/page", in("link"));
  fs::create_symlink("link", in("link to the link"));
  fs::create_symlink("published/new", in("dangling"));
  ASSERT_TRUE(write_file_atomically(in("link to the link"), "new").ok());
  ASSERT_TRUE(write_file_atomically(in("dangling"), "made").ok());
  EXPECT_TRUE(fs::is_symlink(in("link to the link")) && fs::is_symlink(in("link")));
  EXPECT_EQ(*read_text_file(in("published/page")), "new");
  EXPECT_TRUE(fs::is_symlink(in("dangling")));
  EXPECT_EQ(*read_text_file(in("published/new")), "made");
}

TEST_F(Files, follows_no_links_in_a_circle) {
  fs::create_symlink("b", in("a"));
  fs::create_symlink("a", in("b"));
  const Status outcome = write_file_atomically(in("a"), "new");
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("following the links of"), std::string::npos);
  EXPECT_TRUE(fs::is_symlink(in("a")) && fs::is_symlink(in("b")));
}

TEST_F(Files, writes_into_a_pipe_and_leaves_it_one) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  const FileDescriptor reader(::open(in("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(write_file_atomically(in("fifo"), "new").ok());
  std::array<char, 8> read{};
  EXPECT_EQ(::read(reader.get(), read.data(), read.size()), 3);
  EXPECT_EQ(std::string(read.data()), "new");
  EXPECT_TRUE(fs::is_fifo(in("fifo")));
}

TEST_F(Files, writes_where_a_descriptor_of_this_process_stands) {
  const FileDescriptor open(::open(in("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::write(open.get(), "before ", 7), 7);
  const std::string name = "/proc/self/fd/" + std::to_string(open.get());
  ASSERT_TRUE(write_file_atomically(name, "new").ok());
  ASSERT_EQ(::write(open.get(), " after", 6), 6);
  EXPECT_EQ(*read_text_file(in("log")), "before new after");
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
