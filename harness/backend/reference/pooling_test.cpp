#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;

constexpr double kLowest = -std::numeric_limits<double>::infinity();

// The definition over an input that is really padded, by minus infinity.
Array max_pooled(const Array& x, const effgate_window& w, std::int64_t height, std::int64_t width) {
  Array out{{x.dims[0], x.dims[1], height, width}, {}};
  for (std::int64_t n = 0; n < x.dims[0]; ++n) {
    for (std::int64_t c = 0; c < x.dims[1]; ++c) {
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t z = 0; z < width; ++z) {
          double best = kLowest;
          for (std::int64_t ky = 0; ky < w.kernel[0]; ++ky) {
            for (std::int64_t kx = 0; kx < w.kernel[1]; ++kx) {
              const std::int64_t in_y = y * w.stride[0] + ky * w.dilation[0] - w.padding[0];
              const std::int64_t in_x = z * w.stride[1] + kx * w.dilation[1] - w.padding[1];
              if (in_y < 0 || in_x < 0 || in_y >= x.dims[2] || in_x >= x.dims[3]) continue;
              best = std::max(best, x.at(n, c, in_y, in_x));
            }
          }
          out.values.push_back(best);
        }
      }
    }
  }
  return out;
}

struct PoolCase {
  std::int64_t height, width;
  effgate_window window;
  std::int64_t out_height, out_width;
};

class MaxPool : public ::testing::TestWithParam<PoolCase> {};

TEST_P(MaxPool, gives_what_its_definition_gives) {
  const PoolCase& c = GetParam();
  const Array x = random_array({2, 3, c.height, c.width}, 1);
  ReferenceSession session = make_session(2);
  const auto out = max_pool2d(session, to_tensor(session, x), c.window);
  ASSERT_TRUE(out.ok());
  expect_close(to_array(*out), max_pooled(x, c.window, c.out_height, c.out_width), 0);
}

effgate_window rounding_up(effgate_window window) {
  window.ceil_mode = 1;
  return window;
}

INSTANTIATE_TEST_SUITE_P(Windows, MaxPool,
                         ::testing::Values(PoolCase{9, 9, make_window(3, 2, 0), 4, 4},
                                           PoolCase{8, 11, make_window(3, 2, 1), 4, 6},
                                           PoolCase{8, 8, rounding_up(make_window(3, 2, 0)), 4, 4},
                                           PoolCase{6, 6, rounding_up(make_window(2, 2, 1)), 4, 4},
                                           PoolCase{7, 9, make_window(2, 1, 1, 3), 6, 8},
                                           PoolCase{5, 5, make_window(5, 1, 2), 5, 5}));

TEST(MaxPoolByHand, takes_the_largest_and_carries_nan) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 2, 4}, {1, 2, NAN, 5, 3, 0, 9, 1}});
  const Array out = to_array(*max_pool2d(session, x, make_window(2, 2, 0)));
  EXPECT_EQ(out.values[0], 3);
  EXPECT_TRUE(std::isnan(out.values[1]));
}

// [1 2; 3 4] with a border of one: 3x3 windows at every corner see all four and five zeros.
TEST(AvgPoolByHand, counts_the_padding_only_where_asked) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 2, 2}, {1, 2, 3, 4}});
  effgate_window window = make_window(3, 1, 1);
  EXPECT_THAT(to_array(*avg_pool2d(session, x, window)).values,
              ElementsAre(10.0 / 9, 10.0 / 9, 10.0 / 9, 10.0 / 9));
  window.count_include_pad = 0;
  EXPECT_THAT(to_array(*avg_pool2d(session, x, window)).values, ElementsAre(2.5, 2.5, 2.5, 2.5));
}

// Rounded up, the second window of a row of five covers two columns and nothing else.
TEST(AvgPoolByHand, does_not_count_what_lies_beyond_the_padding) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 1, 5}, {1, 2, 3, 4, 6}});
  effgate_window window = rounding_up(make_window(1, 1, 0));
  window.kernel[1] = 3;
  window.stride[1] = 3;
  EXPECT_THAT(to_array(*avg_pool2d(session, x, window)).values, ElementsAre(2, 5));
}

TEST(Pools, refuse_windows_that_make_no_sense) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, random_array({1, 1, 4, 4}, 1));
  EXPECT_TRUE(max_pool2d(session, x, make_window(3, 1, 1)).ok());
  EXPECT_FALSE(max_pool2d(session, x, make_window(3, 1, 2)).ok());
  EXPECT_FALSE(max_pool2d(session, x, make_window(5, 1, 0)).ok());
  EXPECT_FALSE(max_pool2d(session, x, make_window(2, 0, 0)).ok());
  EXPECT_FALSE(avg_pool2d(session, x, make_window(2, 1, 0, 2)).ok());
}

}  // namespace
}  // namespace effgate
