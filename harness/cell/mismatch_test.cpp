#include "harness/cell/mismatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

StoredState state_of(const std::vector<std::string>& names) {
  StoredState state;
  for (const std::string& name : names) state.tensors.push_back({name, {1}, DType::float32});
  return state;
}

std::string reason(const Comparison& comparison, const std::vector<std::string>& fitting = {},
                   const StoredState& state = state_of({"backbone.conv_stem.weight"})) {
  return mismatch_ending(comparison, state, "tf_efficientdet_d0", fitting).reason;
}

Comparison missing(std::vector<std::string> keys) {
  Comparison comparison;
  comparison.missing = std::move(keys);
  return comparison;
}

Comparison mismatched(const std::string& key) {
  Comparison comparison;
  comparison.mismatched = {{key, {12, 64, 1, 1}, {810, 64, 1, 1}}};
  return comparison;
}

TEST(Mismatch, names_the_model_that_the_file_fits) {
  const EndRecord end =
      mismatch_ending(mismatched("fpn.x"), state_of({"fpn.x"}), "tf_efficientdet_d0",
                      {"tf_efficientdet_d6", "tf_efficientdet_d7"});
  EXPECT_EQ(end.status, "load_mismatch");
  EXPECT_EQ(end.reason, "arch.variant");
  EXPECT_THAT(end.message, HasSubstr("tf_efficientdet_d6 and tf_efficientdet_d7"));
}

TEST(Mismatch, has_the_code_of_its_likeliest_cause) {
  EXPECT_EQ(reason(missing({"fpn.x"})), "keys.missing");
  EXPECT_EQ(reason(missing({"a.num_batches_tracked"})), "keys.batches_tracked");
  EXPECT_EQ(reason(missing({"a.num_batches_tracked", "a.weight"})), "keys.missing");
  EXPECT_EQ(reason(mismatched("class_net.predict.conv_pw.weight")), "arch.class_count");
  EXPECT_EQ(reason(mismatched("classifier.header.pointwise_conv.conv.bias")), "arch.class_count");
  EXPECT_EQ(reason(mismatched("fpn.cell.0.weight")), "arch.variant");
  Comparison unexpected;
  unexpected.unexpected = {"anchors.boxes"};
  EXPECT_EQ(reason(unexpected), "keys.unexpected");
}

TEST(Mismatch, other_anchors_change_both_predictors) {
  Comparison comparison = mismatched("class_net.predict.conv_pw.weight");
  comparison.mismatched.push_back(
      {"box_net.predict.conv_pw.weight", {24, 64, 1, 1}, {36, 64, 1, 1}});
  EXPECT_EQ(reason(comparison), "arch.anchor_count");
}

TEST(Mismatch, a_prefix_before_every_key_explains_the_rest) {
  const StoredState wrapped =
      state_of({"module.backbone.conv_stem.weight", "module.backbone.bn1.weight"});
  Comparison comparison = missing({"backbone.conv_stem.weight", "backbone.bn1.weight"});
  comparison.unexpected = {"module.backbone.conv_stem.weight", "module.backbone.bn1.weight"};
  EXPECT_EQ(reason(comparison, {}, wrapped), "keys.prefix");
  EXPECT_EQ(reason(comparison), "keys.missing");
}

TEST(Mismatch, names_of_another_implementation_explain_the_rest) {
  const std::vector<std::string> effdet = {"backbone.bn1.bias", "fpn.x", "class_net.x",
                                           "box_net.x"};
  const std::vector<std::string> zylo = {"backbone_net.x", "bifpn.x", "regressor.x",
                                         "classifier.x"};
  EXPECT_EQ(reason(missing(effdet), {"zylo:tf_efficientdet_d0"}, state_of(zylo)),
            "arch.implementation");
  EXPECT_EQ(reason(missing(zylo), {"tf_efficientdet_d0"}, state_of(effdet)), "arch.implementation");
  EXPECT_EQ(reason(missing(effdet), {"tf_efficientdet_d1"}, state_of(effdet)), "arch.variant");
}

TEST(Mismatch, another_meaning_of_the_same_name_is_history) {
  const auto reason_of = [](const char* model, const char* fitting) {
    return mismatch_ending(mismatched("fpn.x"), state_of({"fpn.x"}), model, {fitting}).reason;
  };
  EXPECT_EQ(reason_of("tf_efficientdet_lite0", "tf_efficientdet_lite0@2020-06"), "arch.history");
  EXPECT_EQ(reason_of("tf_efficientdet_lite0@2020-06", "tf_efficientdet_lite0"), "arch.history");
  EXPECT_EQ(reason_of("tf_efficientdet_lite0", "tf_efficientdet_lite1@2020-06"), "arch.variant");
}

TEST(Mismatch, a_record_counts_all_and_names_the_first_few) {
  Comparison comparison = missing({"a", "b", "c", "d"});
  comparison.mismatched = {{"w", {1, 2}, {3}}};
  comparison.not_tensors = {"n"};
  LoadRecord record;
  record_comparison(comparison, record);
  EXPECT_EQ(record.missing, 4);
  EXPECT_EQ(record.unexpected, 0);
  EXPECT_EQ(record.mismatched, 2);
  EXPECT_THAT(record.examples,
              ElementsAre("missing a", "missing b", "missing c", "mismatched w [1,2], not [3]",
                          "mismatched n, which is no tensor"));
}

}  // namespace
}  // namespace effgate
