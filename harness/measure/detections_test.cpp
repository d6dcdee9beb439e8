#include "harness/measure/detections.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace effgate {
namespace {

HostTensor tensor(const std::string& name, std::vector<std::int64_t> shape,
                  const std::vector<float>& values) {
  HostTensor made{name, DType::float32, std::move(shape), {}};
  made.bytes.resize(values.size() * sizeof(float));
  std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

constexpr float kNever = -50;  // a logit whose score is 2e-22

// One row of cells, one anchor a cell, two classes: logits by class, then cell.
struct Scene {
  std::vector<float> anchors;  // y1,x1,y2,x2 of each cell
  std::vector<float> logits;
  std::vector<float> boxes;  // ty, tx, th, tw, each for all cells

  Result<Detections> detect_all(const DetectionOptions& options = {}) const {
    const auto cells = static_cast<std::int64_t>(anchors.size() / 4);
    const std::vector<HostTensor> outputs = {tensor("class/3", {1, 2, 1, cells}, logits),
                                             tensor("box/3", {1, 4, 1, cells}, boxes)};
    return detect(outputs, {2, anchors}, 0, options);
  }
};

Scene one_box(float ty, float tx, float th, float tw) {
  return {{10, 20, 30, 60}, {kNever, 0}, {ty, tx, th, tw}};
}

// Anchor y 10..30, x 20..60: centre (20, 40), height 20, width 40.
TEST(Detections, an_anchor_without_regression_is_its_own_box) {
  const auto found = one_box(0, 0, 0, 0).detect_all();
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ((*found)[0], (Detection{20, 10, 60, 30, 0.5F, 2}));
}

// Centre y 20 + 0.5*20 = 30, x 40 - 0.25*40 = 30; height 20*e^ln2 = 40, width 40*e^0 = 40.
TEST(Detections, a_regression_moves_and_scales_the_anchor) {
  const auto found = one_box(0.5F, -0.25F, std::log(2.0F), 0).detect_all();
  ASSERT_TRUE(found.ok());
  EXPECT_FLOAT_EQ((*found)[0].x1, 10);
  EXPECT_FLOAT_EQ((*found)[0].y1, 10);
  EXPECT_FLOAT_EQ((*found)[0].x2, 50);
  EXPECT_FLOAT_EQ((*found)[0].y2, 50);
}

TEST(Detections, are_clipped_to_the_picture_and_given_in_its_pixels) {
  const auto found = one_box(0, 0, 0, 0).detect_all({PictureSize{100, 50, 2, 2}});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0], (Detection{40, 20, 100, 50, 0.5F, 2}));
}

// The anchor is 20 to 60 across and 10 to 30 down; the picture ends at 50 and 20.
TEST(Detections, come_back_by_a_factor_for_each_side) {
  const auto found = one_box(0, 0, 0, 0).detect_all({PictureSize{100, 50, 2, 2.5}});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0], (Detection{40, 25, 100, 50, 0.5F, 2}));
}

// Boxes 10x10. The second shares 8/12 = 0.67 with the first, the third 5/15 = 0.33.
Scene three_boxes(float overlapping_class_0, float overlapping_class_1) {
  return {{0, 0, 10, 10, 0, 2, 10, 12, 0, 5, 10, 15},
          {3, overlapping_class_0, 1, kNever, overlapping_class_1, kNever},
          std::vector<float>(12, 0)};
}

TEST(Detections, a_box_that_overlaps_a_better_one_of_its_class_by_more_than_half_is_left_out) {
  const auto found = three_boxes(2, kNever).detect_all();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].x1, 0);
  EXPECT_EQ((*found)[1].x1, 5);
}

TEST(Detections, boxes_of_different_classes_do_not_suppress_each_other) {
  const auto found = three_boxes(kNever, 2).detect_all();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].class_number, 1);
  EXPECT_EQ((*found)[1].class_number, 2);
  EXPECT_EQ((*found)[1].x1, 2);
  EXPECT_EQ((*found)[2].x1, 5);
}

// A suppressed box suppresses nothing: the third shares 7/13 = 0.54 with the second, not the first.
TEST(Detections, suppression_is_by_boxes_that_were_kept) {
  Scene scene = three_boxes(2, kNever);
  scene.logits = {3, 2, 1, kNever, kNever, kNever};
  const auto found = scene.detect_all();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[1].x1, 5);
}

// 2/(1+e^2) = 0.8808; times exp(-0.6667^2/0.5) = 0.4111 it comes after the third, 0.7311.
TEST(Detections, soft_suppression_lowers_scores_instead) {
  const auto found = three_boxes(2, kNever).detect_all({std::nullopt, true});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].x1, 0);
  EXPECT_EQ((*found)[1].x1, 5);
  EXPECT_EQ((*found)[2].x1, 2);
}

TEST(Detections, scores_fall_and_unused_rows_are_zero) {
  Scene scene = one_box(0, 0, 0, 0);
  scene.logits = {1, -1};
  const auto found = scene.detect_all();
  ASSERT_TRUE(found.ok());
  EXPECT_FLOAT_EQ((*found)[0].score, 0.7310586F);  // 1 / (1 + e^-1)
  EXPECT_FLOAT_EQ((*found)[1].score, 0.26894143F);
  for (std::size_t row = 2; row < found->size(); ++row) EXPECT_EQ((*found)[row], Detection{});
}

// 300 boxes far from each other: the best 100 of them, in order.
TEST(Detections, are_at_most_a_hundred) {
  Scene scene;
  for (int i = 0; i < 300; ++i) {
    const auto x = static_cast<float>(100 * i);
    scene.anchors.insert(scene.anchors.end(), {0, x, 10, x + 10});
    scene.logits.push_back(static_cast<float>(i) / 100);
  }
  scene.logits.resize(600, kNever);
  scene.boxes.resize(1200, 0);
  const auto found = scene.detect_all();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].x1, 29900);
  EXPECT_EQ((*found)[99].x1, 20000);
}

TEST(Detections, levels_follow_each_other_in_the_anchors) {
  const std::vector<float> anchors = {0, 0, 1, 1, 0, 0, 2, 2, 0, 0, 3, 3};
  const std::vector<HostTensor> outputs = {tensor("class/3", {1, 1, 1, 2}, {0, 1}),
                                           tensor("class/4", {1, 1, 1, 1}, {2}),
                                           tensor("box/3", {1, 4, 1, 2}, std::vector<float>(8, 0)),
                                           tensor("box/4", {1, 4, 1, 1}, std::vector<float>(4, 0))};
  const auto found = detect(outputs, {1, anchors}, 0);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].x2, 3);
  EXPECT_EQ((*found)[1].x2, 2);
  EXPECT_EQ((*found)[2].x2, 1);
}

TEST(Detections, refuse_outputs_that_do_not_fit_the_anchors) {
  Scene scene = one_box(0, 0, 0, 0);
  const std::vector<HostTensor> outputs = {tensor("class/3", {1, 2, 1, 1}, {0, 0}),
                                           tensor("box/3", {1, 4, 1, 1}, {0, 0, 0, 0})};
  EXPECT_TRUE(detect(outputs, {2, scene.anchors}, 0).ok());
  EXPECT_FALSE(detect(outputs, {1, scene.anchors}, 0).ok());
  EXPECT_FALSE(detect(outputs, {2, scene.anchors}, 1).ok());
  EXPECT_FALSE(detect({outputs[0]}, {2, scene.anchors}, 0).ok());
}

}  // namespace
}  // namespace effgate
