#include "harness/store/cell_status.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

TEST(CellStatus, every_name_reads_back_as_its_status) {
  for (std::size_t index = 0; index < kCellStatusNames.size(); ++index) {
    const auto status = static_cast<CellStatus>(index);
    EXPECT_EQ(cell_status_from_string(to_string(status)), status);
  }
}

TEST(CellStatus, the_first_and_the_last_have_their_own_names) {
  EXPECT_EQ(to_string(CellStatus::pass), "pass");
  EXPECT_EQ(to_string(CellStatus::load_mismatch), "load_mismatch");
  EXPECT_EQ(to_string(CellStatus::oom), "oom");
  EXPECT_EQ(to_string(CellStatus::error), "error");
}

TEST(CellStatus, knows_no_other_names) {
  EXPECT_FALSE(cell_status_from_string("passed").has_value());
  EXPECT_FALSE(cell_status_from_string("").has_value());
}

}  // namespace
}  // namespace effgate
