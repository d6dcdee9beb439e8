#include "harness/measure/fingerprint.h"

#include <gtest/gtest.h>

#include <string_view>

namespace effgate {
namespace {

std::string fingerprint_of(std::string_view text) {
  return fingerprint(std::as_bytes(std::span(text.data(), text.size())));
}

// Values of `xxhsum -H1`.
TEST(Fingerprint, is_the_published_hash) {
  EXPECT_EQ(fingerprint_of(""), "ef46db3751d8e999");
  EXPECT_EQ(fingerprint_of("abc"), "44bc2cf5ad770999");
}

TEST(Fingerprint, sees_one_bit) { EXPECT_NE(fingerprint_of("abc"), fingerprint_of("abb")); }

}  // namespace
}  // namespace effgate
