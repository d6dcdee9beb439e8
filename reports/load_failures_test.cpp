#include "reports/load_failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ReportCell failed(std::string library, std::string code) {
  ReportCell cell;
  cell.checkpoint = "file:old.pth";
  cell.model = "tf_efficientdet_d0";
  cell.library = std::move(library);
  cell.causes = {{std::move(code), "blocks", "It is a D7.", {"fpn.cell.7"}, "effgate run"}};
  return cell;
}

TEST(LoadFailures, tell_libraries_that_fail_alike_once) {
  const auto failures = load_failures(
      {failed("torch-2.6.0", "arch.variant"), failed("torch-2.15.0", "arch.variant")});
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_THAT(failures[0].cells, ElementsAre(0, 1));
}

TEST(LoadFailures, keep_apart_what_has_other_causes) {
  const auto failures = load_failures({failed("torch-2.6.0", "arch.variant"), ReportCell{},
                                       failed("torch-2.6.0", "env.cpp_loader")});
  ASSERT_THAT(failures, SizeIs(2));
  EXPECT_THAT(failures[1].cells, ElementsAre(2));
}

TEST(LoadFailures, are_none_where_all_loads) {
  EXPECT_THAT(load_failures({ReportCell{}}), IsEmpty());
}

}  // namespace
}  // namespace effgate
