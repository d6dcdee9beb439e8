#include "reports/cell_figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace effgate {
namespace {

TEST(CellFigures, take_the_worst_output_and_the_middle_sample) {
  ReportCell cell;
  cell.drift = {{"class/3", "rel_rms", 2e-6}, {"box/3", "rel_rms", 5e-6}, {"box/3", "max_abs", 9}};
  cell.timing = {{"forward", 0, 3.0, {}},
                 {"forward", 1, 1.0, {}},
                 {"forward", 2, 2.0, {}},
                 {"model_upload", 0, 9.0, {}}};
  EXPECT_EQ(largest_drift(cell), 5e-6);
  EXPECT_EQ(median_forward(cell), 2.0);
}

TEST(CellFigures, take_an_output_that_is_no_number_for_the_worst_wherever_it_stands) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ReportCell first, last;
  first.drift = {{"class/3", "rel_rms", nan}, {"box/3", "rel_rms", 5e-6}};
  last.drift = {{"class/3", "rel_rms", 5e-6}, {"box/3", "rel_rms", nan}};
  EXPECT_TRUE(std::isnan(largest_drift(first).value()));
  EXPECT_TRUE(std::isnan(largest_drift(last).value()));
}

TEST(CellFigures, are_absent_where_nothing_was_measured) {
  EXPECT_FALSE(largest_drift({}).has_value());
  EXPECT_FALSE(median_forward({}).has_value());
}

}  // namespace
}  // namespace effgate
