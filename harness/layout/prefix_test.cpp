#include "harness/layout/prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Names = std::vector<std::string>;

TEST(Prefix, finds_the_one_that_data_parallel_writes) {
  EXPECT_THAT(wrapper_prefixes(Names{"module.stem.weight", "module.head.bias"}),
              ElementsAre("module."));
}

TEST(Prefix, finds_several_outermost_first) {
  EXPECT_THAT(wrapper_prefixes(Names{"module._orig_mod.model.a", "module._orig_mod.model.b"}),
              ElementsAre("module.", "_orig_mod.", "model."));
}

TEST(Prefix, lets_a_bench_keep_its_anchors_outside) {
  EXPECT_THAT(wrapper_prefixes(Names{"model.stem.weight", "anchors.boxes"}), ElementsAre("model."));
  EXPECT_THAT(wrapper_prefixes(Names{"anchors.boxes"}), IsEmpty());
}

TEST(Prefix, is_no_wrapper_where_some_names_lack_it) {
  EXPECT_THAT(wrapper_prefixes(Names{"model.stem.weight", "head.bias"}), IsEmpty());
  EXPECT_THAT(wrapper_prefixes(Names{"backbone.a", "backbone.b"}), IsEmpty());
  EXPECT_THAT(wrapper_prefixes(Names{}), IsEmpty());
}

TEST(Prefix, comes_off_only_where_all_of_it_is_there) {
  const Names prefixes = {"module.", "model."};
  EXPECT_EQ(without_prefixes("module.model.a", prefixes), "a");
  EXPECT_EQ(without_prefixes("module.anchors.boxes", prefixes), "module.anchors.boxes");
}

}  // namespace
}  // namespace effgate
