#include "harness/checkpoint/zip_inflate.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/checkpoint/byte_cursor.h"

namespace effgate {
namespace {

using namespace std::string_literals;

// zlib.compressobj(9, zlib.DEFLATED, -15) of CPython 3.11 over b"abc" * 100.
const std::string kDeflated = "\x4b\x4c\x4a\x4e\x1c\x45\xc4\x21\x00"s;

std::string repeated_abc() {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "abc";
  return text;
}

TEST(Inflate, gives_what_was_deflated) {
  const auto bytes = inflate(as_byte_span(kDeflated), 300);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  EXPECT_EQ(as_text(*bytes), repeated_abc());
}

TEST(Inflate, gives_nothing_of_an_empty_stream) {
  const std::string empty = "\x03\x00"s;
  const auto bytes = inflate(as_byte_span(empty), 0);
  ASSERT_TRUE(bytes.ok());
  EXPECT_TRUE(bytes->empty());
}

TEST(Inflate, refuses_another_size_than_the_stream_has) {
  for (const std::uint64_t bytes : {0, 299, 301}) {
    EXPECT_FALSE(inflate(as_byte_span(kDeflated), bytes).ok()) << bytes;
  }
}

TEST(Inflate, refuses_a_stream_that_is_cut_anywhere_or_followed_by_more) {
  for (std::size_t length = 0; length < kDeflated.size(); ++length) {
    EXPECT_FALSE(inflate(as_byte_span(kDeflated.substr(0, length)), 300).ok()) << length;
  }
  EXPECT_FALSE(inflate(as_byte_span(kDeflated + "x"), 300).ok());
}

TEST(Inflate, refuses_bytes_that_are_no_stream) {
  EXPECT_FALSE(inflate(as_byte_span("\xff\xff\xff\xff"), 4).ok());
}

}  // namespace
}  // namespace effgate
