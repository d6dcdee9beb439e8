#include "harness/base/version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace effgate {
namespace {

TEST(Version, orders_by_number_and_not_by_letter) {
  EXPECT_TRUE(compare_versions("2.9.0", "2.10.0") < 0);
  EXPECT_TRUE(compare_versions("1.13.1", "2.0") < 0);
  EXPECT_TRUE(compare_versions("99999999999999999999.1", "99999999999999999999.2") < 0);
}

TEST(Version, takes_missing_parts_as_zero_and_ignores_what_follows_a_plus) {
  EXPECT_TRUE(compare_versions("2.1", "2.1.0") == 0);
  EXPECT_TRUE(compare_versions("2.1.0+cpu", "2.1.0+cu118") == 0);
  EXPECT_TRUE(compare_versions("", "0") == 0);
}

TEST(Version, puts_a_pre_release_before_its_release) {
  EXPECT_TRUE(compare_versions("2.1.0rc1", "2.1.0") < 0);
  EXPECT_TRUE(compare_versions("2.1.0a0", "2.1.0rc1") < 0);
}

TEST(Version, sorts_library_names_as_people_expect) {
  std::vector<std::string> names = {"torch-system", "torch-2.15.0", "torch-2.6.0",
                                    "reference",    "torch-1.13.1", "tensorflow-2.21.0"};
  std::sort(names.begin(), names.end(), library_name_less);
  const std::vector<std::string> expected = {"reference",   "tensorflow-2.21.0", "torch-1.13.1",
                                             "torch-2.6.0", "torch-2.15.0",      "torch-system"};
  EXPECT_EQ(names, expected);
}

}  // namespace
}  // namespace effgate
