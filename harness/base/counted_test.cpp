#include "harness/base/counted.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(Counted, gives_one_thing_the_singular) {
  EXPECT_EQ(counted(1, "cell"), "1 cell");
  EXPECT_EQ(counted(0, "cell"), "0 cells");
  EXPECT_EQ(counted(12, "regression"), "12 regressions");
}

}  // namespace
}  // namespace effgate
