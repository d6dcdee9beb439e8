#include "harness/backend/testing/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using ::testing::HasSubstr;

TEST(Faults, are_read_with_place_and_amount) {
  const auto faults = parse_faults("crash@12, perturb@conv2d:1e-3,slow:2.5");
  ASSERT_TRUE(faults.ok());
  ASSERT_EQ(faults->size(), 3u);
  EXPECT_EQ((*faults)[0].kind, FaultKind::crash);
  EXPECT_EQ((*faults)[0].call_number, 12);
  EXPECT_EQ((*faults)[1].kind, FaultKind::perturb);
  EXPECT_EQ((*faults)[1].function, "conv2d");
  EXPECT_DOUBLE_EQ((*faults)[1].amount, 1e-3);
  EXPECT_EQ((*faults)[2].kind, FaultKind::slow);
  EXPECT_DOUBLE_EQ((*faults)[2].amount, 2.5);
}

TEST(Faults, of_an_empty_text_are_none) { EXPECT_TRUE(parse_faults("")->empty()); }

TEST(Faults, that_are_unknown_are_refused_with_the_nearest_name) {
  const auto faults = parse_faults("crush@12");
  ASSERT_FALSE(faults.ok());
  EXPECT_EQ(faults.error().kind, ErrorKind::usage);
  EXPECT_THAT(faults.error().message, HasSubstr("crash"));
}

TEST(Faults, without_what_the_sign_promises_are_refused) {
  EXPECT_FALSE(parse_faults("crash@").ok());
  EXPECT_FALSE(parse_faults("crash@0").ok());
  EXPECT_FALSE(parse_faults("slow:fast").ok());
  EXPECT_FALSE(parse_faults("crash,,nan").ok());
}

TEST(Faults, apply_at_their_call_function_or_every_operation) {
  const Fault third{FaultKind::nan, 3, "", 0};
  EXPECT_TRUE(third.applies_to(3, "conv2d"));
  EXPECT_FALSE(third.applies_to(4, "conv2d"));
  const Fault convolutions{FaultKind::nan, 0, "conv2d", 0};
  EXPECT_TRUE(convolutions.applies_to(4, "conv2d"));
  EXPECT_FALSE(convolutions.applies_to(4, "softmax0"));
  const Fault always{FaultKind::nan, 0, "", 0};
  EXPECT_TRUE(always.applies_to(4, "softmax0"));
  EXPECT_FALSE(always.applies_to(0, "from_data"));
}

}  // namespace
}  // namespace effgate
