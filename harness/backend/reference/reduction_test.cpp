#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(MeanHw, averages_each_plane) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 2, 2, 2}, {1, 2, 3, 6, 0, 0, 0, 1}});
  const Array out = to_array(*mean_hw(session, x));
  EXPECT_THAT(out.dims, ElementsAre(1, 2, 1, 1));
  EXPECT_THAT(out.values, ElementsAre(3, 0.25));
}

// 70000 in binary16 would be infinite; its mean is not.
TEST(MeanHw, sums_in_double_also_in_small_dtypes) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 1, 2}, {60000, 10000}}, EFFGATE_FLOAT16);
  EXPECT_EQ(to_array(*mean_hw(session, x)).values[0], 35008);  // 35000 rounded to a step of 32
}

// exp(0), exp(ln 3): 1/4 and 3/4; large numbers do not overflow.
TEST(Softmax0, divides_exponentials_by_their_sum) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{2}, {0, std::log(3.0)}});
  EXPECT_THAT(to_array(*softmax0(session, x)).values,
              ElementsAre(DoubleNear(0.25, 1e-15), DoubleNear(0.75, 1e-15)));
  const auto columns = to_tensor(session, {{2, 2}, {1000, 0, 1000, 0}});
  EXPECT_THAT(to_array(*softmax0(session, columns)).values, ElementsAre(0.5, 0.5, 0.5, 0.5));
  EXPECT_FALSE(softmax0(session, to_tensor(session, {{}, {1}})).ok());
}

TEST(Sums, go_over_everything_or_the_last_dimension) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{2, 3}, {1, 2, 3, 4, 5, 6}});
  const Array all = to_array(*sum_all(session, x));
  EXPECT_TRUE(all.dims.empty());
  EXPECT_THAT(all.values, ElementsAre(21));
  const Array last = to_array(*sum_last(session, x));
  EXPECT_THAT(last.dims, ElementsAre(2));
  EXPECT_THAT(last.values, ElementsAre(6, 15));
  EXPECT_FALSE(sum_last(session, to_tensor(session, {{}, {1}})).ok());
}

TEST(Sums, have_the_same_bits_for_any_number_of_threads) {
  ReferenceSession one = make_session(1);
  ReferenceSession many = make_session(5);
  const Array x = random_array({2, 40, 64, 64}, 1);
  EXPECT_TRUE(same_bytes(*mean_hw(one, to_tensor(one, x)), *mean_hw(many, to_tensor(many, x))));
  EXPECT_TRUE(same_bytes(*sum_all(one, to_tensor(one, x)), *sum_all(many, to_tensor(many, x))));
}

}  // namespace
}  // namespace effgate
