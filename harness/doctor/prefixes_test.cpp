#include "harness/doctor/prefixes.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

using Names = std::vector<std::string>;

TEST(Prefixes, finds_wrappers_of_any_name_outermost_first) {
  EXPECT_EQ(detector_prefixes(Names{"module.model.backbone.conv_stem.weight", "module.model.fpn.x",
                                    "module.anchors.boxes"}),
            (Names{"module.", "model."}));
  EXPECT_EQ(detector_prefixes(Names{"my_detector.backbone.a", "my_detector.class_net.b"}),
            Names{"my_detector."});
  EXPECT_EQ(detector_prefixes(Names{"backbone.a", "backbone_net.model._conv_stem.x"}), Names{});
}

TEST(Prefixes, strips_them_and_leaves_a_bench_its_anchors) {
  StoredState state;
  state.tensors = {{"model.backbone.a", {1}}, {"anchors.boxes", {9, 4}}, {"steps", {}}};
  state.module_versions = {{"model.backbone.bn1", 2}};
  const Stripped bare = stripped(state, Names{"model."});
  ASSERT_EQ(bare.state.tensors.size(), 2U);
  EXPECT_EQ(bare.state.tensors[0].name, "backbone.a");
  EXPECT_EQ(bare.state.tensors[1].name, "steps");
  EXPECT_EQ(bare.from_bench, Names{"anchors.boxes"});
  EXPECT_EQ(bare.state.module_versions.at("backbone.bn1"), 2);
}

}  // namespace
}  // namespace effgate
