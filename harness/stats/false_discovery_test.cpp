#include "harness/stats/false_discovery.h"

#include <gtest/gtest.h>

#include <limits>

namespace effgate {
namespace {

// The fifteen p-values of the example in Benjamini and Hochberg (1995), of which their procedure
// rejects the first four at 0.05. Adjusted by hand: p * 15 / rank, then the least from above.
TEST(BenjaminiHochberg, rejects_what_its_paper_rejects) {
  const std::vector<double> p = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const std::vector<double> adjusted = benjamini_hochberg(p);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.0015);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.003);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.0095);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.035625);
  EXPECT_DOUBLE_EQ(adjusted[4], 0.0603);
  EXPECT_DOUBLE_EQ(adjusted[5], 0.0298 * 15 / 7);
  EXPECT_DOUBLE_EQ(adjusted[14], 1);
}

TEST(BenjaminiHochberg, keeps_the_order_it_was_given) {
  const std::vector<double> adjusted = benjamini_hochberg(std::vector<double>{0.5, 0.01, 0.2});
  EXPECT_DOUBLE_EQ(adjusted[0], 0.5);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.3);
}

TEST(BenjaminiHochberg, one_test_is_not_adjusted) {
  EXPECT_EQ(benjamini_hochberg(std::vector<double>{0.04}), std::vector<double>{0.04});
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

TEST(BenjaminiHochberg, equal_values_stay_equal) {
  EXPECT_EQ(benjamini_hochberg(std::vector<double>{0.02, 0.02, 0.02}),
            (std::vector<double>{0.02, 0.02, 0.02}));
}

TEST(BenjaminiHochberg, a_nan_is_no_evidence) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> adjusted = benjamini_hochberg(std::vector<double>{nan, 0.01});
  EXPECT_EQ(adjusted[0], 1);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.02);
}

}  // namespace
}  // namespace effgate
