#include "harness/cell/mismatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using testing::ElementsAre;

EndRecord ending(const Comparison& comparison, const std::vector<std::string>& fitting = {}) {
  return mismatch_ending(comparison, StoredState{}, *find_model("tf_efficientdet_d0"), fitting);
}

TEST(Mismatch, names_the_models_that_the_file_fits) {
  Comparison comparison;
  comparison.missing = {"fpn.x"};
  const EndRecord end = ending(comparison, {"tf_efficientdet_d6", "tf_efficientdet_d7"});
  EXPECT_EQ(end.status, "load_mismatch");
  EXPECT_EQ(end.message,
            "1 missing, 0 unexpected and 0 mismatched keys; the checkpoint fits tf_efficientdet_d6 "
            "and tf_efficientdet_d7");
  EXPECT_EQ(ending(comparison).message, "1 missing, 0 unexpected and 0 mismatched keys");
}

TEST(Mismatch, is_of_missing_keys_unless_the_file_only_has_too_many) {
  Comparison unexpected;
  unexpected.unexpected = {"anchors.boxes"};
  EXPECT_EQ(ending(unexpected).reason, "keys.unexpected");
  Comparison both = unexpected;
  both.missing = {"fpn.x"};
  EXPECT_EQ(ending(both).reason, "keys.missing");
  Comparison shapes = unexpected;
  shapes.mismatched = {{"fpn.x", {12, 64, 1, 1}, {810, 64, 1, 1}}};
  EXPECT_EQ(ending(shapes).reason, "keys.missing");
  Comparison not_tensors = unexpected;
  not_tensors.not_tensors = {"fpn.x"};
  EXPECT_EQ(ending(not_tensors).reason, "keys.missing");
}

// The reason where D0 meets a file with these numbers of outputs, and nothing but shapes differs.
std::string reason_for_heads(std::int64_t classes, std::int64_t boxes) {
  StoredState state;
  state.tensors = {{"class_net.predict.conv_pw.bias", {classes}},
                   {"box_net.predict.conv_pw.bias", {boxes}}};
  Comparison comparison;
  comparison.mismatched = {{"fpn.x", {1}, {2}}};
  return mismatch_ending(comparison, state, *find_model("tf_efficientdet_d0"), {}).reason;
}

// D0 has 90 classes and 9 anchors a cell.
TEST(Mismatch, tells_other_numbers_of_classes_and_anchors_from_other_shapes) {
  EXPECT_EQ(reason_for_heads(9 * 90, 9 * 4), "keys.missing");
  EXPECT_EQ(reason_for_heads(9 * 20, 9 * 4), "arch.class_count");
  EXPECT_EQ(reason_for_heads(3 * 90, 3 * 4), "arch.anchor_count");
  EXPECT_EQ(reason_for_heads(3 * 20, 3 * 4), "arch.anchor_count");
}

TEST(Mismatch, a_record_counts_all_and_names_the_first_few) {
  Comparison comparison;
  comparison.missing = {"a", "b", "c", "d"};
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
