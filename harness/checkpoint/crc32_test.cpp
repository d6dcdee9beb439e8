#include "harness/checkpoint/crc32.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/checkpoint/byte_cursor.h"

namespace effgate {
namespace {

// The check value of CRC-32/ISO-HDLC in the CRC catalogue, and zlib.crc32 of Python.
TEST(Crc32, agrees_with_published_values) {
  EXPECT_EQ(crc32(as_byte_span("")), 0U);
  EXPECT_EQ(crc32(as_byte_span("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32(as_byte_span("The quick brown fox jumps over the lazy dog")), 0x414FA339U);
  EXPECT_EQ(crc32(as_byte_span(std::string(1000, 'a'))), 0x9A38DA03U);
}

TEST(Crc32, of_pieces_is_that_of_the_whole) {
  const std::string text = "a text that is longer than one block of sixteen bytes";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t first = crc32(as_byte_span(text.substr(0, cut)));
    EXPECT_EQ(crc32(as_byte_span(std::string_view(text).substr(cut)), first),
              crc32(as_byte_span(text)));
  }
}

}  // namespace
}  // namespace effgate
