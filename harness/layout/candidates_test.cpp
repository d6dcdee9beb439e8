#include "harness/layout/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StoredState state_of(std::string_view model, std::int64_t classes = 90, int scales = 3) {
  ModelOverrides overrides;
  overrides.num_classes = classes;
  overrides.num_scales = scales;
  StoredState state;
  state.tensors = state_dict_schema(*find_model(model), overrides);
  return state;
}

std::vector<std::string> names_of(const CandidateList& list) { return fitting_models(list.models); }

TEST(Candidates, are_the_networks_that_load_the_file_whatever_its_classes_and_anchors) {
  const CandidateList list = model_candidates(state_of("tf_efficientdet_d2", 7, 2), Layout::effdet);
  EXPECT_THAT(names_of(list), ElementsAre("tf_efficientdet_d2", "tf_efficientdet_d2_ap"));
  EXPECT_EQ(list.models.size(), 2U);
  EXPECT_EQ(list.counts.classes, 7);
  EXPECT_EQ(list.counts.anchors, 6);
}

// An independent way to the same answer: Python's strict comparison with each network in turn.
TEST(Candidates, are_those_that_the_strict_comparison_with_every_network_finds) {
  for (const char* model : {"tf_efficientdet_d0", "efficientdet_d1", "tf_efficientdet_d6",
                            "tf_efficientdet_d7x", "tf_efficientdet_lite3"}) {
    const StoredState state = state_of(model);
    std::vector<std::string> expected;
    for (const std::string& name : model_names())
      if (compare_strictly(state, state_dict_schema(*find_model(name))).loads())
        expected.push_back(name);
    EXPECT_THAT(names_of(model_candidates(state, Layout::effdet)),
                testing::UnorderedElementsAreArray(expected))
        << model;
  }
}

TEST(Candidates, score_below_one_where_a_tensor_is_missing_and_the_best_comes_first) {
  StoredState state = state_of("tf_efficientdet_d3", 12);
  const auto all = static_cast<double>(state.tensors.size());
  std::erase_if(state.tensors,
                [](const ParamSpec& tensor) { return tensor.name == "backbone.conv_stem.weight"; });
  const CandidateList list = model_candidates(state, Layout::effdet);
  ASSERT_GE(list.models.size(), 2U);
  EXPECT_EQ(list.models[0].model, "tf_efficientdet_d3");
  EXPECT_DOUBLE_EQ(list.models[0].score, 2 * (all - 1) / (2 * all - 1));
  for (std::size_t i = 1; i < list.models.size(); ++i)
    EXPECT_LE(list.models[i].score, list.models[i - 1].score);
  EXPECT_THAT(names_of(list), IsEmpty());
}

// One resizing of the predictors serves every network.
TEST(Candidates, are_looked_for_among_networks_of_one_class_and_anchor_count) {
  for (const std::string& name : model_names()) {
    EXPECT_EQ(find_model(name)->num_classes, 90) << name;
    EXPECT_EQ(find_model(name)->anchors_per_cell(), 9) << name;
  }
}

// All tensors agree, and a key holds something else.
TEST(Candidates, never_score_one_for_what_does_not_load) {
  StoredState state = state_of("tf_efficientdet_lite1");
  state.others = {"epoch"};
  const CandidateList list = model_candidates(state, Layout::effdet);
  ASSERT_FALSE(list.models.empty());
  EXPECT_EQ(list.models[0].model, "tf_efficientdet_lite1");
  EXPECT_LT(list.models[0].score, 1);
}

TEST(Candidates, of_a_backbone_alone_are_the_networks_that_have_it) {
  StoredState state = state_of("tf_efficientdet_d1");
  std::erase_if(state.tensors,
                [](const ParamSpec& tensor) { return !tensor.name.starts_with("backbone."); });
  const CandidateList list = model_candidates(state, Layout::unknown);
  EXPECT_TRUE(std::ranges::any_of(list.models, [](const ModelCandidate& candidate) {
    return candidate.model == "tf_efficientdet_d1" && candidate.score < 1;
  }));
  EXPECT_THAT(names_of(list), IsEmpty());
  EXPECT_FALSE(list.counts.classes.has_value());
}

TEST(Candidates, of_something_foreign_are_none) {
  StoredState state;
  state.tensors = {{"layer1.0.conv1.weight", {64, 64, 1, 1}}, {"fc.weight", {1000, 2048}}};
  EXPECT_THAT(model_candidates(state, Layout::unknown).models, IsEmpty());
  EXPECT_THAT(model_candidates({}, Layout::unknown).models, IsEmpty());
}

}  // namespace
}  // namespace effgate
