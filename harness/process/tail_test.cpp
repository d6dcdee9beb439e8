#include "harness/process/tail.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(Tail, keeps_everything_that_fits) {
  Tail tail(8);
  tail.append("abc");
  tail.append("defgh");
  EXPECT_EQ(tail.text(), "abcdefgh");
  EXPECT_EQ(tail.dropped(), 0u);
}

TEST(Tail, keeps_the_last_bytes_of_what_does_not_fit) {
  Tail tail(4);
  tail.append("abc");
  tail.append("def");
  EXPECT_EQ(tail.text(), "cdef");
  EXPECT_EQ(tail.dropped(), 2u);
}

TEST(Tail, keeps_the_last_bytes_of_one_long_piece) {
  Tail tail(3);
  tail.append("ab");
  tail.append("0123456789");
  EXPECT_EQ(tail.text(), "789");
  EXPECT_EQ(tail.dropped(), 9u);
}

TEST(Tail, is_the_same_however_the_bytes_were_cut) {
  const std::string all = "the quick brown fox jumps over the lazy dog";
  for (std::size_t step = 1; step <= all.size(); ++step) {
    Tail tail(10);
    for (std::size_t at = 0; at < all.size(); at += step) tail.append(all.substr(at, step));
    EXPECT_EQ(tail.text(), "e lazy dog") << step;
    EXPECT_EQ(tail.dropped(), all.size() - 10) << step;
  }
}

TEST(Tail, forgets_what_was_taken_and_goes_on) {
  Tail tail(4);
  tail.append("abcdef");
  EXPECT_EQ(tail.take(), "cdef");
  EXPECT_EQ(tail.text(), "");
  tail.append("gh");
  EXPECT_EQ(tail.take(), "gh");
  EXPECT_EQ(tail.dropped(), 2u);
}

}  // namespace
}  // namespace effgate
