#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;

// The definition, one output at a time.
Array convolve(const Array& x, const Array& weight, const Array* bias, const effgate_window& w) {
  const auto extent = [&](int axis) {
    return (x.dims[static_cast<std::size_t>(2 + axis)] + 2 * w.padding[axis] -
            w.dilation[axis] * (w.kernel[axis] - 1) - 1) /
               w.stride[axis] +
           1;
  };
  Array out{{x.dims[0], weight.dims[0], extent(0), extent(1)}, {}};
  const std::int64_t group_out = weight.dims[0] / w.groups;
  for (std::int64_t n = 0; n < out.dims[0]; ++n) {
    for (std::int64_t o = 0; o < out.dims[1]; ++o) {
      for (std::int64_t y = 0; y < out.dims[2]; ++y) {
        for (std::int64_t z = 0; z < out.dims[3]; ++z) {
          double sum = bias == nullptr ? 0 : bias->values[static_cast<std::size_t>(o)];
          for (std::int64_t c = 0; c < weight.dims[1]; ++c) {
            for (std::int64_t ky = 0; ky < w.kernel[0]; ++ky) {
              for (std::int64_t kx = 0; kx < w.kernel[1]; ++kx) {
                const std::int64_t in_y = y * w.stride[0] - w.padding[0] + ky * w.dilation[0];
                const std::int64_t in_x = z * w.stride[1] - w.padding[1] + kx * w.dilation[1];
                if (in_y < 0 || in_x < 0 || in_y >= x.dims[2] || in_x >= x.dims[3]) continue;
                sum += x.at(n, o / group_out * weight.dims[1] + c, in_y, in_x) *
                       weight.at(o, c, ky, kx);
              }
            }
          }
          out.values.push_back(sum);
        }
      }
    }
  }
  return out;
}

struct Shape {
  std::int64_t batch, in, out, height, width;
  effgate_window window;
};

effgate_window uneven_window() { return {{3, 2}, {2, 1}, {0, 1}, {1, 3}, 1, 0, 1}; }

std::vector<Shape> shapes() {
  return {
      {1, 3, 5, 7, 9, make_window(1, 1, 0)},
      {2, 7, 13, 5, 6, make_window(1, 1, 0)},
      {1, 64, 17, 3, 3, make_window(1, 1, 0)},
      {1, 4, 6, 9, 9, make_window(1, 2, 0)},
      {1, 4, 6, 5, 5, make_window(1, 1, 1)},
      {1, 3, 8, 12, 11, make_window(3, 2, 0)},
      {2, 3, 8, 9, 10, make_window(3, 1, 1)},
      {1, 2, 3, 13, 13, make_window(5, 2, 2, 2)},
      {1, 5, 4, 8, 8, uneven_window()},
      {1, 6, 6, 9, 9, make_window(3, 1, 1, 1, 6)},
      {2, 6, 6, 9, 8, make_window(3, 2, 1, 1, 6)},
      {1, 4, 4, 11, 35, make_window(5, 1, 2, 1, 4)},
      {1, 4, 4, 70, 40, make_window(5, 2, 2, 1, 4)},
      {1, 3, 9, 8, 8, make_window(3, 1, 0, 1, 3)},
      {1, 3, 3, 12, 12, make_window(3, 3, 2, 2, 3)},
      {1, 8, 12, 7, 7, make_window(3, 1, 1, 1, 4)},
      {1, 2, 2, 4, 4, make_window(4, 1, 0, 1, 2)},
      {1, 300, 6, 40, 3, make_window(1, 1, 0)},
      {1, 1, 1, 1, 1, make_window(1, 1, 0)},
  };
}

class Convolution : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    const Shape& s = GetParam();
    x_ = random_array({s.batch, s.in, s.height, s.width}, 1);
    weight_ =
        random_array({s.out, s.in / s.window.groups, s.window.kernel[0], s.window.kernel[1]}, 2);
    bias_ = random_array({s.out}, 3);
  }

  ReferenceTensor run(effgate_dtype dtype, int threads, const ConvolutionKernels& kernels) {
    ReferenceSession session = make_session(threads);
    const ReferenceTensor bias = to_tensor(session, bias_, dtype);
    auto out = conv2d(session, to_tensor(session, x_, dtype), to_tensor(session, weight_, dtype),
                      &bias, GetParam().window, kernels);
    EXPECT_TRUE(out.ok());
    return *std::move(out);
  }

  Array x_, weight_, bias_;
};

TEST_P(Convolution, gives_what_its_definition_gives) {
  expect_close(to_array(run(EFFGATE_FLOAT64, 1, best_kernels())),
               convolve(x_, weight_, &bias_, GetParam().window), 1e-12);
}

TEST_P(Convolution, rounds_once_in_smaller_dtypes) {
  for (const effgate_dtype dtype : {EFFGATE_FLOAT32, EFFGATE_FLOAT16, EFFGATE_BFLOAT16}) {
    const Array bias = rounded(bias_, dtype);
    const Array exact =
        convolve(rounded(x_, dtype), rounded(weight_, dtype), &bias, GetParam().window);
    const Array found = to_array(run(dtype, 1, best_kernels()));
    ASSERT_EQ(found.dims, exact.dims);
    const Array expected = rounded(exact, dtype);
    // The sum in another order can fall on the other side of a rounding border.
    std::size_t different = 0;
    for (std::size_t i = 0; i < expected.values.size(); ++i) {
      if (found.values[i] != expected.values[i]) ++different;
      ASSERT_NEAR(found.values[i], exact.values[i],
                  std::abs(exact.values[i]) / (dtype == EFFGATE_BFLOAT16 ? 256 : 2048) + 1e-7);
    }
    EXPECT_LE(different, expected.values.size() / 1000);
  }
}

TEST_P(Convolution, has_the_same_bits_for_any_number_of_threads) {
  const ReferenceTensor one = run(EFFGATE_FLOAT32, 1, best_kernels());
  for (const int threads : {2, 3, 7}) {
    EXPECT_TRUE(same_bytes(one, run(EFFGATE_FLOAT32, threads, best_kernels()))) << threads;
  }
}

TEST_P(Convolution, has_the_same_bits_for_any_instruction_set) {
  EXPECT_TRUE(same_bytes(run(EFFGATE_FLOAT64, 1, portable_kernels()),
                         run(EFFGATE_FLOAT64, 1, best_kernels())));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolution, ::testing::ValuesIn(shapes()));

// [1 2 3; 4 5 6; 7 8 9] and the kernel [1 2; 3 4]: 1*1+2*2+4*3+5*4 = 37 and so on.
TEST(ConvolutionByHand, multiplies_and_adds) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}});
  const auto weight = to_tensor(session, {{1, 1, 2, 2}, {1, 2, 3, 4}});
  const auto bias = to_tensor(session, {{1}, {100}});
  const auto out = conv2d(session, x, weight, &bias, make_window(2, 1, 0));
  EXPECT_THAT(to_array(*out).values, ElementsAre(137, 147, 167, 177));
  const auto plain = conv2d(session, x, weight, nullptr, make_window(2, 1, 0));
  EXPECT_THAT(to_array(*plain).values, ElementsAre(37, 47, 67, 77));
}

TEST(ConvolutionByHand, carries_nan_only_where_the_window_meets_it) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 1, 1, 4}, {NAN, 1, 1, 1}});
  const auto weight = to_tensor(session, {{1, 1, 1, 2}, {1, 1}});
  effgate_window window = make_window(1, 1, 0);
  window.kernel[1] = 2;
  const Array out = to_array(*conv2d(session, x, weight, nullptr, window));
  EXPECT_TRUE(std::isnan(out.values[0]));
  EXPECT_EQ(out.values[1], 2);
  EXPECT_EQ(out.values[2], 2);
}

TEST(ConvolutionByHand, refuses_operands_that_do_not_fit) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, random_array({1, 4, 5, 5}, 1));
  const auto weight = to_tensor(session, random_array({6, 4, 3, 3}, 2));
  const auto wrong_bias = to_tensor(session, random_array({5}, 3));
  EXPECT_TRUE(conv2d(session, x, weight, nullptr, make_window(3, 1, 0)).ok());
  EXPECT_FALSE(conv2d(session, x, weight, &wrong_bias, make_window(3, 1, 0)).ok());
  EXPECT_FALSE(conv2d(session, x, weight, nullptr, make_window(5, 1, 0)).ok());
  EXPECT_FALSE(conv2d(session, x, weight, nullptr, make_window(3, 0, 0)).ok());
  EXPECT_FALSE(conv2d(session, x, weight, nullptr, make_window(3, 1, 0, 1, 2)).ok());
  EXPECT_FALSE(conv2d(session, x, weight, nullptr, make_window(3, 1, 0, 3)).ok());
  const auto halves = to_tensor(session, random_array({6, 4, 3, 3}, 2), EFFGATE_FLOAT16);
  EXPECT_FALSE(conv2d(session, x, halves, nullptr, make_window(3, 1, 0)).ok());
}

TEST(ConvolutionByHand, has_no_kernel_for_whole_numbers) {
  ReferenceSession session = make_session();
  const auto x = session.allocate(EFFGATE_INT64, shape_of({1, 1, 2, 2}));
  const auto out = conv2d(session, *x, *x, nullptr, make_window(2, 1, 0));
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace effgate
