#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/backend/reference/test_tensors.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> activated(std::int32_t kind, const std::vector<double>& values,
                              double scalar = 0) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{static_cast<std::int64_t>(values.size())}, values});
  auto out = session.allocate(x.dtype, x.shape);
  EXPECT_TRUE(activate(session, kind, x, scalar, *out).ok());
  return to_array(*out).values;
}

TEST(Activations, that_cut_are_exact) {
  EXPECT_THAT(activated(EFFGATE_ACT_RELU, {-1, 0, 7}), ElementsAre(0, 0, 7));
  EXPECT_THAT(activated(EFFGATE_ACT_RELU6, {-1, 5, 7}), ElementsAre(0, 5, 6));
  EXPECT_THAT(activated(EFFGATE_ACT_LEAKY_RELU, {-2, 0, 7}, 0.25), ElementsAre(-0.5, 0, 7));
  EXPECT_THAT(activated(EFFGATE_ACT_HARD_SWISH, {-4, -1.5, 1, 4}),
              ElementsAre(0, -0.375, 4.0 / 6, 4));
  EXPECT_THAT(activated(EFFGATE_ACT_HARD_SIGMOID, {-4, 0, 4}), ElementsAre(0, 0.5, 1));
}

// Values to 15 digits from a table of the logistic function and of tanh(ln(1 + e)).
TEST(Activations, that_curve_have_their_published_values) {
  EXPECT_NEAR(activated(EFFGATE_ACT_SIGMOID, {1})[0], 0.731058578630005, 1e-15);
  EXPECT_NEAR(activated(EFFGATE_ACT_SIGMOID, {-2})[0], 0.119202922022118, 1e-15);
  EXPECT_NEAR(activated(EFFGATE_ACT_SILU, {2})[0], 2 * 0.880797077977882, 2e-15);
  EXPECT_NEAR(activated(EFFGATE_ACT_MISH, {1})[0], 0.865098388267310, 1e-14);
}

TEST(Activations, have_their_limits_and_carry_nan) {
  EXPECT_THAT(activated(EFFGATE_ACT_SIGMOID, {-kInfinity, kInfinity}), ElementsAre(0, 1));
  EXPECT_EQ(activated(EFFGATE_ACT_SILU, {-800})[0], -0.0);
  EXPECT_EQ(activated(EFFGATE_ACT_MISH, {1000})[0], 1000);
  for (std::int32_t kind = EFFGATE_ACT_SILU; kind <= EFFGATE_ACT_SIGMOID; ++kind) {
    EXPECT_TRUE(std::isnan(activated(kind, {NAN})[0])) << kind;
  }
}

TEST(Activations, of_an_unknown_number_are_unsupported) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1}, {0}});
  for (const std::int32_t kind : {-1, 8}) {
    EXPECT_EQ(activate(session, kind, x, 0, x).error().kind, ErrorKind::unsupported);
  }
}

TEST(Activations, round_to_the_nearest_of_their_dtype) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1}, {1}}, EFFGATE_BFLOAT16);
  auto out = session.allocate(x.dtype, x.shape);
  ASSERT_TRUE(activate(session, EFFGATE_ACT_SIGMOID, x, 0, *out).ok());
  // 0.7310585… lies between 187/256 = 0.73046875 and 188/256 = 0.734375.
  EXPECT_EQ(to_array(*out).values[0], 187.0 / 256);
}

// (x - mean) / sqrt(var + eps) * weight + bias: (5 - 1) / sqrt(3 + 1) * 10 + 7 = 27.
TEST(BatchNorm, normalises_each_channel) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 2, 1, 2}, {5, 1, 2, 4}});
  const BatchNormOperands operands{
      to_tensor(session, {{2}, {10, 1}}), to_tensor(session, {{2}, {7, 0}}),
      to_tensor(session, {{2}, {1, 2}}), to_tensor(session, {{2}, {3, 0}})};
  EXPECT_THAT(to_array(*batch_norm(session, x, operands, 1)).values, ElementsAre(27, 7, 0, 2));
}

TEST(BatchNorm, refuses_another_number_of_channels) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, random_array({1, 2, 2, 2}, 1));
  const auto two = to_tensor(session, {{2}, {1, 1}});
  const auto three = to_tensor(session, {{3}, {1, 1, 1}});
  EXPECT_TRUE(batch_norm(session, x, {two, two, two, two}, 0).ok());
  EXPECT_FALSE(batch_norm(session, x, {two, two, two, three}, 0).ok());
}

TEST(BatchNorm, has_the_same_bits_for_any_number_of_threads) {
  ReferenceSession one = make_session(1);
  ReferenceSession many = make_session(3);
  const Array x = random_array({2, 7, 90, 90}, 1);
  const Array c = random_array({7}, 2);
  const Array v{{7}, {1, 2, 3, 4, 5, 6, 7}};
  const auto run = [&](ReferenceSession& session) {
    const auto channel = to_tensor(session, c, EFFGATE_FLOAT32);
    return *batch_norm(session, to_tensor(session, x, EFFGATE_FLOAT32),
                       {channel, channel, channel, to_tensor(session, v, EFFGATE_FLOAT32)}, 1e-3);
  };
  EXPECT_TRUE(same_bytes(run(one), run(many)));
}

TEST(Binary, combines_equal_shapes) {
  ReferenceSession session = make_session();
  const auto a = to_tensor(session, {{3}, {1, 2, 3}});
  const auto b = to_tensor(session, {{3}, {4, 8, 12}});
  EXPECT_THAT(to_array(*binary(session, EFFGATE_ADD, a, b)).values, ElementsAre(5, 10, 15));
  EXPECT_THAT(to_array(*binary(session, EFFGATE_MUL, a, b)).values, ElementsAre(4, 16, 36));
  EXPECT_THAT(to_array(*binary(session, EFFGATE_DIV, b, a)).values, ElementsAre(4, 4, 4));
}

TEST(Binary, repeats_scalars_channels_and_last_dimensions) {
  ReferenceSession session = make_session();
  const auto x = to_tensor(session, {{1, 2, 1, 2}, {1, 2, 3, 4}});
  const auto scalar = to_tensor(session, {{}, {10}});
  const auto channels = to_tensor(session, {{1, 2, 1, 1}, {10, 100}});
  const auto last = to_tensor(session, {{2}, {10, 100}});
  const auto times = [&](const ReferenceTensor& b) {
    return to_array(*binary(session, EFFGATE_MUL, x, b)).values;
  };
  EXPECT_THAT(times(scalar), ElementsAre(10, 20, 30, 40));
  EXPECT_THAT(times(channels), ElementsAre(10, 20, 300, 400));
  EXPECT_THAT(times(last), ElementsAre(10, 200, 30, 400));
}

TEST(Binary, agrees_with_a_plain_loop_where_both_sides_repeat) {
  ReferenceSession session = make_session(2);
  const Array a = random_array({3, 1, 5, 1}, 1);
  const Array b = random_array({1, 4, 5, 6}, 2);
  const Array out =
      to_array(*binary(session, EFFGATE_ADD, to_tensor(session, a), to_tensor(session, b)));
  ASSERT_EQ(out.dims, (std::vector<std::int64_t>{3, 4, 5, 6}));
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) {
      for (std::int64_t k = 0; k < 5; ++k) {
        for (std::int64_t l = 0; l < 6; ++l) {
          ASSERT_EQ(out.at(i, j, k, l), a.at(i, 0, k, 0) + b.at(0, j, k, l));
        }
      }
    }
  }
}

TEST(Binary, refuses_shapes_that_do_not_broadcast_and_results_that_do_not_fit_in_place) {
  ReferenceSession session = make_session();
  const auto two = to_tensor(session, {{2}, {1, 2}});
  const auto three = to_tensor(session, {{3}, {1, 2, 3}});
  const auto one = to_tensor(session, {{1}, {1}});
  EXPECT_FALSE(binary(session, EFFGATE_ADD, two, three).ok());
  EXPECT_FALSE(binary(session, 3, two, two).ok());
  EXPECT_TRUE(binary_in_place(session, EFFGATE_ADD, two, one).ok());
  EXPECT_THAT(to_array(two).values, ElementsAre(2, 3));
  EXPECT_FALSE(binary_in_place(session, EFFGATE_ADD, one, two).ok());
}

TEST(AddScalar, adds) {
  ReferenceSession session = make_session();
  EXPECT_THAT(to_array(*add_scalar(session, to_tensor(session, {{2}, {1, 2}}), 0.5)).values,
              ElementsAre(1.5, 2.5));
}

}  // namespace
}  // namespace effgate
