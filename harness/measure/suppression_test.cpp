#include "harness/measure/suppression.h"

#include <gtest/gtest.h>

namespace effgate {
namespace {

const std::vector<Detection> kBoxes = {
    {0, 0, 10, 10, 0.9F, 1},     {2, 0, 12, 10, 0.85F, 1},  {5, 0, 15, 10, 0.8F, 1},
    {0, 1, 10, 11, 0.7F, 2},     {40, 40, 60, 60, 0.6F, 2}, {41, 41, 61, 61, 0.95F, 2},
    {41, 40, 60, 62, 0.003F, 2}, {100, 0, 100, 0, 0.5F, 1}, {0, 0, 10, 9, 0.0009F, 3},
};

struct Kept {
  std::size_t box;
  float score;
};

// effdet 0.4.1's batched_soft_nms of these boxes, Gaussian, threshold 0.001, on torch 1.13.1.
TEST(SoftSuppression, keeps_and_scores_what_effdet_does) {
  const Kept kOfEffdet[] = {{5, 0.949999988F}, {0, 0.899999976F}, {3, 0.699999988F},
                            {2, 0.640589893F}, {7, 0.5F},         {1, 0.195677072F},
                            {4, 0.155166388F}};
  const KeptBoxes kept = suppress_softly(kBoxes);
  ASSERT_EQ(kept.count, std::size(kOfEffdet));
  for (std::size_t i = 0; i < kept.count; ++i) {
    EXPECT_EQ(kept.rows[i].x1, kBoxes[kOfEffdet[i].box].x1) << i;
    EXPECT_EQ(kept.rows[i].class_number, kBoxes[kOfEffdet[i].box].class_number) << i;
    EXPECT_FLOAT_EQ(kept.rows[i].score, kOfEffdet[i].score) << i;
  }
}

TEST(SoftSuppression, keeps_a_lone_box_whatever_its_score) {
  EXPECT_EQ(suppress_softly({kBoxes.back()}).count, 1u);
  EXPECT_EQ(suppress_softly({}).count, 0u);
}

TEST(SoftSuppression, fills_no_more_rows_than_there_are) {
  std::vector<Detection> apart;
  for (int i = 0; i < 300; ++i) {
    const auto x = static_cast<float>(100 * i);
    apart.push_back({x, 0, x + 10, 10, static_cast<float>(i + 1) / 400, 1});
  }
  const KeptBoxes kept = suppress_softly(apart);
  ASSERT_EQ(kept.count, kDetectionsPerImage);
  EXPECT_EQ(kept.rows[0].x1, 29900);
  EXPECT_EQ(kept.rows[99].x1, 20000);
}

}  // namespace
}  // namespace effgate
