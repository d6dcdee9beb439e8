#include "harness/layout/inner_wrappers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/layout/naming.h"
#include "harness/layout/network_index.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(InnerWrappers, stand_behind_the_first_part_of_a_name_at_any_depth) {
  EXPECT_THAT(inner_wrappers("backbone._orig_mod.conv_stem.weight"), ElementsAre("_orig_mod."));
  EXPECT_THAT(inner_wrappers("backbone.module._orig_mod.blocks.0._checkpoint_wrapped_module.a"),
              ElementsAre("module.", "_orig_mod.", "_checkpoint_wrapped_module."));
  EXPECT_EQ(without_inner_wrappers("backbone.module.blocks.0._orig_mod.a"), "backbone.blocks.0.a");
}

TEST(InnerWrappers, are_neither_the_first_part_nor_the_last_nor_within_one) {
  for (const char* name : {"module.weight", "backbone.module", "backbone.my_module.weight", "."}) {
    EXPECT_THAT(inner_wrappers(name), IsEmpty()) << name;
    EXPECT_EQ(without_inner_wrappers(name), name);
  }
}

TEST(InnerWrappers, are_in_no_name_of_any_layout) {
  for (const Network& network : NetworkIndex::instance().all()) {
    std::vector<std::string> names;
    for (const ParamSpec& tensor : network.schema) names.push_back(tensor.name);
    for (const Layout layout : {Layout::effdet, Layout::zylo, Layout::mmdet, Layout::lukemelas}) {
      const auto translation = translate(names, network.config, Layout::effdet, layout);
      if (!translation.ok()) continue;
      for (const RenamedTensor& renamed : translation->renamed)
        EXPECT_THAT(inner_wrappers(renamed.to), IsEmpty()) << renamed.to;
    }
  }
}

TEST(InnerWrappers, come_out_of_names_and_of_the_versions_of_modules) {
  StoredState state;
  state.tensors = {{"backbone.module.bn1.weight", {1}}, {"fpn.a", {1}}};
  state.others = {"backbone.module._extra_state"};
  state.module_versions = {{"backbone.module.bn1", 2}, {"fpn", 1}};
  EXPECT_THAT(take_out_inner_wrappers(state), ElementsAre("module."));
  EXPECT_EQ(state.tensors[0].name, "backbone.bn1.weight");
  EXPECT_EQ(state.tensors[1].name, "fpn.a");
  EXPECT_THAT(state.others, ElementsAre("backbone._extra_state"));
  EXPECT_EQ(state.module_versions.at("backbone.bn1"), 2);
}

TEST(InnerWrappers, stay_where_the_file_has_the_tensor_without_them_too) {
  StoredState state;
  state.tensors = {{"backbone.module.bn1.weight", {1}}, {"backbone.bn1.weight", {1}}};
  EXPECT_THAT(take_out_inner_wrappers(state), IsEmpty());
  EXPECT_EQ(state.tensors[0].name, "backbone.module.bn1.weight");
}

}  // namespace
}  // namespace effgate
