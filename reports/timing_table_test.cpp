#include "reports/timing_table.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

ReportCell timed(const std::string& library, std::vector<double> first,
                 std::vector<double> second) {
  ReportCell cell;
  cell.model = "d0";
  cell.library = library;
  cell.dtype = "float32";
  cell.device = "cpu";
  cell.size = "native";
  for (double seconds : first) cell.timing.push_back({"forward", 0, seconds, {}});
  for (double seconds : second) cell.timing.push_back({"forward", 1, seconds, {}});
  return cell;
}

TEST(TimingTable, compares_libraries_of_one_network_with_the_first) {
  const auto groups = timing_groups({timed("a", {1, 2, 3}, {2, 2, 2}), timed("b", {4, 4}, {4})});
  ASSERT_EQ(groups.size(), 1u);
  ASSERT_EQ(groups[0].lines.size(), 2u);
  EXPECT_DOUBLE_EQ(groups[0].lines[0].median, 2);
  EXPECT_DOUBLE_EQ(groups[0].lines[1].ratio, 2);
  EXPECT_EQ(groups[0].lines[0].samples.size(), 6u);
}

TEST(TimingTable, takes_no_ratio_to_the_reference_where_a_library_is_there) {
  const auto groups = timing_groups({timed("reference", {8}, {8}), timed("b", {2}, {2})});
  EXPECT_DOUBLE_EQ(groups[0].lines[0].ratio, 4);
  EXPECT_DOUBLE_EQ(groups[0].lines[1].ratio, 1);
  EXPECT_DOUBLE_EQ(timing_groups({timed("reference", {8}, {8})})[0].lines[0].ratio, 1);
}

TEST(TimingTable, keeps_dtypes_apart) {
  ReportCell half = timed("a", {1}, {1});
  half.dtype = "float16";
  EXPECT_EQ(timing_groups({timed("a", {1}, {1}), half}).size(), 2u);
}

TEST(TimingTable, leaves_out_cells_without_forward_samples) {
  ReportCell loaded = timed("a", {}, {});
  loaded.timing.push_back({"checkpoint_read", 0, 0.5, {}});
  EXPECT_TRUE(timing_groups({loaded}).empty());
}

TEST(TimingTable, takes_the_devices_clock_only_where_every_sample_has_it) {
  ReportCell cell = timed("a", {5, 5}, {});
  cell.timing[0].device_seconds = 1;
  EXPECT_DOUBLE_EQ(timing_groups({cell})[0].lines[0].median, 5);
  cell.timing[1].device_seconds = 1;
  EXPECT_DOUBLE_EQ(timing_groups({cell})[0].lines[0].median, 1);
}

TEST(TimingTable, writes_times_for_people) {
  EXPECT_EQ(seconds_text(0.0000123), "12.3 µs");
  EXPECT_EQ(seconds_text(0.1234), "123 ms");
  EXPECT_EQ(seconds_text(12.34), "12.3 s");
}

}  // namespace
}  // namespace effgate
