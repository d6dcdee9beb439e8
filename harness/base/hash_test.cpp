#include "harness/base/hash.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/base/files.h"

namespace effgate {
namespace {

// Digests from FIPS 180-2, appendix B.
constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, gives_the_published_digest) { EXPECT_EQ(sha256_hex("abc"), kAbc); }

TEST(Sha256, does_not_depend_on_how_the_bytes_are_cut) {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  EXPECT_EQ(hex_text(hash.finish()), kAbc);
}

TEST(Sha256, hashes_a_file_and_an_empty_file) {
  auto directory = TemporaryDirectory::create();
  ASSERT_TRUE(directory.ok());
  std::ofstream(directory->path() / "abc") << "abc";
  std::ofstream(directory->path() / "empty");
  EXPECT_EQ(*sha256_hex_of_file(directory->path() / "abc"), kAbc);
  EXPECT_EQ(*sha256_hex_of_file(directory->path() / "empty"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace effgate
