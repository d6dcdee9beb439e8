#include "harness/layout/prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Names = std::vector<std::string>;

TEST(Prefix, finds_wrappers_of_any_name_outermost_first) {
  EXPECT_THAT(wrapper_prefixes(Names{"module.model.backbone.conv_stem.weight", "module.model.fpn.x",
                                     "module.anchors.boxes"}),
              ElementsAre("module.", "model."));
  EXPECT_THAT(wrapper_prefixes(Names{"my_detector.backbone.a", "my_detector.class_net.b"}),
              ElementsAre("my_detector."));
  EXPECT_THAT(wrapper_prefixes(Names{"backbone.a", "backbone_net.model._conv_stem.x"}), IsEmpty());
}

TEST(Prefix, finds_known_wrappers_around_what_is_no_detector) {
  EXPECT_THAT(wrapper_prefixes(Names{"module.stem.weight", "module.head.bias"}),
              ElementsAre("module."));
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

TEST(Prefix, takes_plain_weights_before_averaged_ones_beside_them) {
  EXPECT_THAT(wrapper_prefixes(Names{"ema_model.backbone.a", "ema_model.fpn.b", "model.backbone.a",
                                     "model.fpn.b"}),
              ElementsAre("model."));
}

TEST(Prefix, comes_off_only_where_all_of_it_is_there) {
  const Names prefixes = {"module.", "model."};
  EXPECT_EQ(without_prefixes("module.model.a", prefixes), "a");
  EXPECT_EQ(without_prefixes("module.anchors.boxes", prefixes), "module.anchors.boxes");
}

TEST(Prefix, comes_off_names_and_versions_and_leaves_out_the_anchors_of_a_bench) {
  StoredState state;
  state.tensors = {{"model.backbone.a", {1}}, {"anchors.boxes", {9, 4}}, {"steps", {}}};
  state.module_versions = {{"model.backbone.bn1", 2}};
  const Unwrapped bare = unwrapped(state, Names{"model."});
  ASSERT_EQ(bare.state.tensors.size(), 2U);
  EXPECT_EQ(bare.state.tensors[0].name, "backbone.a");
  EXPECT_EQ(bare.state.tensors[1].name, "steps");
  EXPECT_THAT(bare.from_bench, ElementsAre("anchors.boxes"));
  EXPECT_EQ(bare.state.module_versions.at("backbone.bn1"), 2);
}

TEST(Prefix, comes_off_around_the_anchors_of_a_wrapped_bench) {
  StoredState state;
  state.tensors = {{"module.model.fpn.a", {1}}, {"module.anchors.boxes", {9, 4}}};
  EXPECT_THAT(unwrapped(state, Names{"module.", "model."}).from_bench,
              ElementsAre("module.anchors.boxes"));
}

std::string repeated(const std::string& prefix, std::size_t times) {
  std::string name;
  for (std::size_t i = 0; i < times; ++i) name += prefix;
  return name;
}

TEST(Prefix, counts_at_most_sixteen_wrappers_and_takes_no_deeper_name_for_wrapped) {
  EXPECT_EQ(wrapper_prefixes(Names{repeated("module.", 16) + "backbone.a"}).size(), 16U);
  EXPECT_THAT(wrapper_prefixes(Names{repeated("a.", 17) + "backbone.a"}), IsEmpty());
  EXPECT_EQ(wrapper_prefixes(Names{repeated("module.", 20000) + "weight"}).size(), 16U);
}

}  // namespace
}  // namespace effgate
