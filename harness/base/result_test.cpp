#include "harness/base/result.h"

#include <gtest/gtest.h>

#include <string>

namespace effgate {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error{ErrorKind::usage, "7 is odd"};
  return number / 2;
}

Status check_half(int number) {
  EFFGATE_ASSIGN(const int half, half_of(number));
  return half > 0 ? success() : Status(Error{ErrorKind::bug, "not positive"});
}

TEST(Result, holds_the_value_of_a_success) {
  const Result<int> result = half_of(8);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 4);
}

TEST(Result, hands_an_error_up_through_callers) {
  const Status status = check_half(7);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::usage);
  EXPECT_EQ(status.error().message, "7 is odd");
}

TEST(Result, goes_on_after_a_success) { EXPECT_TRUE(check_half(8).ok()); }

TEST(Error, tells_what_its_caller_was_doing_first) {
  EXPECT_EQ((Error{ErrorKind::io, "disk full"}.while_doing("writing a.db").message),
            "writing a.db: disk full");
}

}  // namespace
}  // namespace effgate
