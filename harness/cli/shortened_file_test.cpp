#include "harness/cli/shortened_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/base/files.h"

namespace effgate {
namespace {

constexpr std::ptrdiff_t kBytes = 1 << 20;

// Maps a file of ones, lets `change` happen to it, and reads it to its end.
template <typename Change>
void read_mapped(const Change& change) {
  tell_of_shortened_files();
  const TemporaryDirectory folder = *TemporaryDirectory::create();
  const auto path = folder.path() / "file";
  std::ofstream(path, std::ios::binary) << std::string(kBytes, '\x01');
  const MappedFile file = *MappedFile::open(path);
  change(path);
  const auto ones = std::ranges::count(file.bytes(), std::byte{1});
  std::_Exit(ones == kBytes ? 0 : 1);
}

TEST(ShortenedFileDeathTest, ends_the_program_as_a_bad_input_where_its_lost_part_is_read) {
  EXPECT_EXIT(read_mapped([](const auto& path) { std::filesystem::resize_file(path, 1000); }),
              testing::ExitedWithCode(5),
              "^effgate: reading a file: it became shorter while it was being read\n$");
}

TEST(ShortenedFileDeathTest, is_not_one_that_stays_as_it_is_or_grows) {
  EXPECT_EXIT(read_mapped([](const auto&) {}), testing::ExitedWithCode(0), "^$");
  EXPECT_EXIT(read_mapped([](const auto& path) { std::filesystem::resize_file(path, 2 * kBytes); }),
              testing::ExitedWithCode(0), "^$");
}

}  // namespace
}  // namespace effgate
