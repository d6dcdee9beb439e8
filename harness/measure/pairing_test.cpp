#include "harness/measure/pairing.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace effgate {
namespace {

Detections detections(const std::vector<Detection>& rows) {
  Detections made{};
  std::copy(rows.begin(), rows.end(), made.begin());
  return made;
}

const Detection kBox = {10, 20, 30, 40, 0.9F, 3};

Detection moved(float pixels) { return {10 + pixels, 20, 30, 40, 0.9F, 3}; }
Detection scored(float score) { return {10, 20, 30, 40, score, 3}; }

// 100 boxes apart from each other with scores from 0.9 down to 0.405.
Detections full_set() {
  Detections made{};
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto x = static_cast<float>(100 * i);
    made[i] = {x, 0, x + 10, 10, 0.9F - 0.005F * static_cast<float>(i), 1};
  }
  return made;
}

double share(const Detections& a, const Detections& b) { return pair_detections(a, b).share(); }

TEST(Pairing, equal_sets_pair_up_in_any_order) {
  const Detection other = {1, 2, 3, 4, 0.8F, 3};
  const auto pairing = pair_detections(detections({kBox, other}), detections({other, kBox}));
  EXPECT_EQ(pairing.share(), 1);
  EXPECT_EQ(pairing.rows, 4);
  EXPECT_EQ(pairing.worst_box, 0);
  EXPECT_EQ(share(detections({}), detections({})), 1);
}

TEST(Pairing, half_a_pixel_pairs_and_more_does_not) {
  const auto pairing = pair_detections(detections({kBox}), detections({moved(0.5F)}));
  EXPECT_EQ(pairing.share(), 1);
  EXPECT_EQ(pairing.worst_box, 0.5);
  EXPECT_EQ(share(detections({kBox}), detections({moved(0.51F)})), 0);
}

TEST(Pairing, a_thousandth_of_score_pairs_and_more_does_not) {
  EXPECT_EQ(share(detections({kBox}), detections({scored(0.8995F)})), 1);
  EXPECT_EQ(share(detections({kBox}), detections({scored(0.8985F)})), 0);
}

TEST(Pairing, another_class_does_not_pair) {
  Detection other = kBox;
  other.class_number = 4;
  EXPECT_EQ(share(detections({kBox}), detections({other})), 0);
}

TEST(Pairing, one_row_pairs_with_one_row_only) {
  const auto pairing = pair_detections(detections({kBox, kBox}), detections({kBox}));
  EXPECT_EQ(pairing.rows, 3);
  EXPECT_EQ(pairing.paired, 2);
}

TEST(Pairing, the_nearest_row_is_the_partner) {
  const auto pairing =
      pair_detections(detections({kBox, moved(0.4F)}), detections({moved(0.4F), kBox}));
  EXPECT_EQ(pairing.share(), 1);
  EXPECT_EQ(pairing.worst_box, 0);
}

TEST(Pairing, a_row_within_noise_of_the_last_rank_may_differ) {
  const Detections set = full_set();
  Detections other = set;
  other[99] = {5, 500, 15, 510, set[99].score, 7};
  EXPECT_EQ(share(set, other), 1);
  other[50] = {5, 500, 15, 510, set[50].score, 7};
  EXPECT_EQ(pair_detections(set, other).share(), 196.0 / 198);
}

TEST(Pairing, scores_that_are_all_alike_excuse_only_a_few_rows) {
  Detections set = full_set();
  for (Detection& row : set) row.score = 1;
  Detections other = set;
  for (std::size_t i = 0; i < 10; ++i) other[i] = {5, 500, 15, 510, 1, 7};
  EXPECT_EQ(share(set, other), 1);
  for (Detection& row : other) row.class_number = 8;
  EXPECT_EQ(share(set, other), 0);
}

TEST(Pairing, boxes_that_reach_to_infinity_pair_with_their_like) {
  Detection wide = kBox;
  wide.x1 = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(share(detections({wide}), detections({wide})), 1);
  EXPECT_EQ(share(detections({wide}), detections({kBox})), 0);
  Detection broken = kBox;
  broken.y2 = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(share(detections({broken}), detections({kBox})), 0);
}

TEST(Pairing, a_set_that_is_not_full_has_no_last_rank) {
  EXPECT_EQ(share(detections({kBox}), detections({})), 0);
}

TEST(Pairing, pairings_of_several_images_add_up) {
  DetectionPairing total = pair_detections(detections({kBox}), detections({moved(0.25F)}));
  total.add(pair_detections(detections({kBox}), detections({})));
  EXPECT_EQ(total.share(), 2.0 / 3);
  EXPECT_EQ(total.worst_box, 0.25);
}

}  // namespace
}  // namespace effgate
