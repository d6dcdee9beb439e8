#include "harness/library/elf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "harness/base/files.h"
#include "harness/library/torch_tree.h"

namespace effgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

// ELF_SAMPLE is built by CMake from testing/elf_sample.cpp with a soname, a run path and a library
// it needs, all given on the linker's command line.
std::vector<std::string> symbols_of(std::span<const std::byte> bytes) {
  std::vector<std::string> names;
  EXPECT_TRUE(visit_exported_symbols(bytes, "sample", [&](std::string_view name) {
                names.emplace_back(name);
                return true;
              }).ok());
  return names;
}

TEST(SharedObject, is_known_by_the_end_of_its_name) {
  for (const char* name : {"libc10.so", "libgomp-a34b3233.so.1", "libcudart.so.11.0"}) {
    EXPECT_TRUE(is_shared_object_name(name)) << name;
  }
  for (const char* name :
       {"algorithm.sort_heap.h", "libc10.so.txt", "libc10.a", "libc10.so.", "so"}) {
    EXPECT_FALSE(is_shared_object_name(name)) << name;
  }
}

TEST(SharedObject, tells_its_name_and_what_it_needs) {
  const auto object = read_shared_object(std::filesystem::path(ELF_SAMPLE));
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ(object->soname, "libsample.so.7");
  EXPECT_THAT(object->needed, Contains("libelf_needed.so"));
  EXPECT_THAT(object->run_path, ElementsAre("$ORIGIN/../lib", "/opt/sample"));
}

TEST(SharedObject, tells_what_it_defines_and_not_what_it_uses) {
  const auto file = MappedFile::open(ELF_SAMPLE);
  ASSERT_TRUE(file.ok());
  const auto names = symbols_of(file->bytes());
  EXPECT_THAT(names, Contains("sample_function"));
  EXPECT_THAT(names, Contains("_ZN3c105ErrorC2ENS_14SourceLocationESs"));
  EXPECT_THAT(names, Not(Contains("needed_function")));
}

TEST(SharedObject, tells_the_string_abi_of_libc10) {
  const auto old = uses_cxx11_abi(ELF_SAMPLE);
  ASSERT_TRUE(old.ok());
  EXPECT_FALSE(*old);
  EXPECT_EQ(uses_cxx11_abi(ELF_NEEDED).error().kind, ErrorKind::unsupported);
}

TEST(SharedObject, cut_short_is_refused_or_read_the_same) {
  const auto file = MappedFile::open(ELF_SAMPLE);
  ASSERT_TRUE(file.ok());
  const auto whole = file->bytes();
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); size += size < 4096 ? 1 : 61) {
    // A copy of exactly that size, so that a sanitizer sees a read beyond it.
    const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<long>(size));
    const auto object = read_shared_object(part, "cut");
    EXPECT_EQ(object.ok() ? object->soname : "libsample.so.7", "libsample.so.7") << size;
    refused += object.ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 64u);  // at least within the header
}

TEST(SharedObject, with_any_byte_of_its_header_changed_does_no_harm) {
  const auto file = MappedFile::open(ELF_SAMPLE);
  ASSERT_TRUE(file.ok());
  for (std::size_t at = 0; at < 64; ++at) {
    for (const unsigned value : {0x00u, 0x7fu, 0xffu}) {
      std::vector<std::byte> changed(file->bytes().begin(), file->bytes().end());
      changed[at] = static_cast<std::byte>(value);
      (void)read_shared_object(changed, "changed");
      (void)visit_exported_symbols(changed, "changed", [](std::string_view) { return true; });
    }
  }
}

TEST(SharedObject, is_not_a_text_file) {
  const std::string text = "#!/bin/sh\n" + std::string(200, ' ');
  const auto object = read_shared_object(std::as_bytes(std::span(text)), "script");
  EXPECT_EQ(object.error().kind, ErrorKind::malformed);
  EXPECT_EQ(object.error().message, "reading script: it is no ELF file");
}

}  // namespace
}  // namespace effgate
