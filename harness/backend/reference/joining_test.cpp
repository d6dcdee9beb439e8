#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;

class Joining : public ::testing::TestWithParam<effgate_dtype> {
 protected:
  ReferenceTensor tensor(const Array& array) { return to_tensor(session_, array, GetParam()); }
  ReferenceSession session_ = make_session();
};

TEST_P(Joining, selects_an_element_of_the_first_dimension) {
  const auto x = tensor({{3, 2}, {1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(to_array(*select0(session_, x, 2)).values, ElementsAre(5, 6));
  EXPECT_FALSE(select0(session_, x, 3).ok());
  EXPECT_FALSE(select0(session_, x, -1).ok());
  const Array scalar = to_array(*select0(session_, tensor({{2}, {7, 8}}), 1));
  EXPECT_TRUE(scalar.dims.empty());
  EXPECT_THAT(scalar.values, ElementsAre(8));
}

TEST_P(Joining, stacks_along_a_new_last_dimension) {
  const std::array xs{tensor({{2}, {1, 2}}), tensor({{2}, {3, 4}}), tensor({{2}, {5, 6}})};
  const Array out = to_array(*stack_last(session_, xs));
  EXPECT_THAT(out.dims, ElementsAre(2, 3));
  EXPECT_THAT(out.values, ElementsAre(1, 3, 5, 2, 4, 6));
  const std::array unlike{tensor({{2}, {1, 2}}), tensor({{1}, {3}})};
  EXPECT_FALSE(stack_last(session_, unlike).ok());
  EXPECT_FALSE(stack_last(session_, {}).ok());
}

TEST_P(Joining, concatenates_channels) {
  const std::array xs{tensor({{2, 1, 2}, {1, 2, 3, 4}}),
                      tensor({{2, 2, 2}, {5, 6, 7, 8, 9, 10, 11, 12}})};
  const Array out = to_array(*cat1(session_, xs));
  EXPECT_THAT(out.dims, ElementsAre(2, 3, 2));
  EXPECT_THAT(out.values, ElementsAre(1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12));
  const std::array unlike{tensor({{1, 1}, {1}}), tensor({{2, 1}, {1, 2}})};
  EXPECT_FALSE(cat1(session_, unlike).ok());
}

TEST_P(Joining, takes_channels_out) {
  const auto x = tensor({{2, 3, 1}, {1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(to_array(*narrow1(session_, x, 1, 2)).values, ElementsAre(2, 3, 5, 6));
  EXPECT_FALSE(narrow1(session_, x, 2, 2).ok());
  EXPECT_FALSE(narrow1(session_, x, -1, 1).ok());
}

INSTANTIATE_TEST_SUITE_P(DTypes, Joining,
                         ::testing::Values(EFFGATE_FLOAT64, EFFGATE_FLOAT32, EFFGATE_FLOAT16,
                                           EFFGATE_BFLOAT16));

}  // namespace
}  // namespace effgate
