#include "harness/cli/recorded_cell.h"

#include <gtest/gtest.h>

#include "harness/cli/waivers.h"

namespace effgate {
namespace {

CellRecord half_cell() {
  CellRecord cell;
  cell.model = "tf_efficientdet_d0";
  cell.library = "torch-2.6.0";
  cell.version = "2.6.0";
  cell.dtype = "float16";
  cell.further = "+batch=2+capture=true";
  return cell;
}

TEST(RecordedCell, answers_for_members_further_axes_and_fallbacks) {
  EXPECT_EQ(field_of(half_cell(), "dtype"), "float16");
  EXPECT_EQ(field_of(half_cell(), "batch"), "2");
  EXPECT_EQ(field_of(half_cell(), "capture"), "true");
  EXPECT_EQ(field_of(half_cell(), "threads"), "1");
}

TEST(RecordedCell, of_the_reference_has_no_version_of_a_library) {
  CellRecord cell = half_cell();
  EXPECT_EQ(field_of(cell, "version"), "2.6.0");
  cell.library = "reference";
  EXPECT_EQ(field_of(cell, "version"), "");
}

TEST(Waivers, speak_of_the_cells_their_condition_holds_for) {
  Policy policy;
  policy.waivers = {{"dtype == \"float16\" and version < \"2.10\"", "known", "me", "2099-01-01", 3},
                    {"batch == 1", "known", "me", "2099-01-01", 9}};
  const Result<WaiverMatcher> waives = compile_waivers(policy);
  ASSERT_TRUE(waives.ok());
  EXPECT_TRUE((*waives)(0, half_cell()));
  EXPECT_FALSE((*waives)(1, half_cell()));
}

TEST(Waivers, name_the_line_of_a_condition_that_does_not_parse) {
  Policy policy;
  policy.file = "p.toml";
  policy.waivers = {{"dtpye == \"float16\"", "", "", "2099-01-01", 7}};
  const Result<WaiverMatcher> waives = compile_waivers(policy);
  ASSERT_FALSE(waives.ok());
  EXPECT_EQ(waives.error().kind, ErrorKind::usage);
  EXPECT_EQ(waives.error().message.rfind("p.toml:7: ", 0), 0u);
}

}  // namespace
}  // namespace effgate
