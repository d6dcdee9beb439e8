#include "harness/doctor/values/initial_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace effgate {
namespace {

// Sums over the first 2048 elements, in PyTorch's float64, of tf_efficientdet_d0 as effdet 0.4.1
// constructs it after torch.manual_seed(0): ten convolutions of the backbone, six of the pyramid,
// all of the box head.
std::vector<WeightMoments> fresh_backbone() {
  return {
      {{672, 112, 1, 1}, 2048, -3.0920, 5.7763, 0.0466227},
      {{672, 1, 5, 5}, 2048, 0.4611, 170.6102, 41.0745},
      {{28, 672, 1, 1}, 2048, -17.6554, 144.5528, 29.4316},
      {{672, 28, 1, 1}, 2048, -2.6408, 5.8087, 0.0468312},
      {{192, 672, 1, 1}, 2048, -6.6785, 22.4300, 0.725842},
      {{1152, 192, 1, 1}, 2048, 0.6143, 3.5496, 0.0174182},
      {{1152, 1, 3, 3}, 2048, -1.1749, 454.3816, 308.299},
      {{48, 1152, 1, 1}, 2048, 3.4196, 83.5020, 9.88825},
      {{1152, 48, 1, 1}, 2048, 0.1543, 3.5163, 0.0187462},
      {{320, 1152, 1, 1}, 2048, -5.3525, 12.5894, 0.239909},
  };
}
std::vector<WeightMoments> fresh_pyramid() {
  return {
      {{64, 320, 1, 1}, 2048, -2.8592, 10.9191, 0.104014},
      {{64, 1, 3, 3}, 576, 1.1231, 62.9448, 12.2521},
      {{64, 64, 1, 1}, 2048, 1.8607, 32.4355, 0.920046},
      {{64, 320, 1, 1}, 2048, -0.0571, 10.6233, 0.0989367},
      {{64, 1, 3, 3}, 576, -6.0855, 61.4871, 12.0148},
      {{64, 64, 1, 1}, 2048, 3.5309, 31.0972, 0.857695},
  };
}
std::vector<WeightMoments> fresh_head() {
  return {
      {{64, 1, 3, 3}, 576, -1.2967, 64.6527, 21.6191},
      {{64, 64, 1, 1}, 2048, 0.8339, 31.8284, 1.44565},
      {{64, 1, 3, 3}, 576, 16.3917, 60.9004, 19.0415},
      {{64, 64, 1, 1}, 2048, 4.3282, 33.5145, 1.6082},
      {{64, 1, 3, 3}, 576, 4.7276, 70.2996, 25.8955},
      {{64, 64, 1, 1}, 2048, 9.1853, 30.9958, 1.4083},
      {{64, 1, 3, 3}, 576, 5.6720, 66.5873, 20.7469},
      {{36, 64, 1, 1}, 2048, -3.9676, 32.2510, 1.59503},
  };
}
// The same head after a training from scratch that a small network on made-up pictures needs.
std::vector<WeightMoments> trained_head() {
  return {
      {{64, 1, 3, 3}, 576, -3.2356, 55.7779, 16.5135},
      {{64, 64, 1, 1}, 2048, -2.7459, 32.9731, 1.59562},
      {{64, 1, 3, 3}, 576, 7.4275, 56.4378, 17.7951},
      {{64, 64, 1, 1}, 2048, -11.4313, 34.6751, 1.78813},
      {{64, 1, 3, 3}, 576, -9.4390, 57.5362, 17.2277},
      {{64, 64, 1, 1}, 2048, 3.4354, 33.6603, 1.72672},
      {{64, 1, 3, 3}, 576, 2.0230, 54.0415, 15.7274},
      {{36, 64, 1, 1}, 2048, 1.9469, 23.2905, 0.942021},
  };
}

TEST(InitialWeights, are_recognised_in_each_part_of_a_network_that_effdet_constructed) {
  const InitialFit backbone = fit_initialiser(fresh_backbone());
  ASSERT_NE(backbone.initialiser, nullptr);
  EXPECT_EQ(backbone.initialiser->distribution, "normal");
  EXPECT_EQ(backbone.initialiser->variance_text, "2 / fan-out");
  EXPECT_EQ(backbone.tensors, 10U);
  EXPECT_EQ(backbone.elements, 20480U);
  const InitialFit pyramid = fit_initialiser(fresh_pyramid());
  ASSERT_NE(pyramid.initialiser, nullptr);
  EXPECT_EQ(pyramid.initialiser->distribution, "uniform");
  EXPECT_EQ(pyramid.initialiser->variance_text, "2 / (fan-in + fan-out)");
  const InitialFit head = fit_initialiser(fresh_head());
  ASSERT_NE(head.initialiser, nullptr);
  EXPECT_EQ(head.initialiser->variance_text, "1 / fan-in");
  EXPECT_NEAR(head.deviation, 1, 0.05);
  EXPECT_NEAR(head.kurtosis, 3, 0.25);
}

TEST(InitialWeights, are_not_those_of_a_trained_head) {
  EXPECT_EQ(fit_initialiser(trained_head()).initialiser, nullptr);
}

TEST(InitialWeights, are_not_recognised_where_one_tensor_was_trained) {
  std::vector<WeightMoments> weights = fresh_head();
  weights.back() = trained_head().back();
  EXPECT_EQ(fit_initialiser(weights).initialiser, nullptr);
}

TEST(InitialWeights, are_not_recognised_in_few_numbers) {
  const std::vector<WeightMoments> weights = fresh_head();
  EXPECT_EQ(fit_initialiser(std::span(weights).first(3)).initialiser, nullptr);  // of 3200
  EXPECT_NE(fit_initialiser(std::span(weights).first(4)).initialiser, nullptr);  // of 5248
  EXPECT_EQ(fit_initialiser({}).initialiser, nullptr);
  EXPECT_EQ(fit_initialiser(std::vector<WeightMoments>(9)).initialiser, nullptr);
}

std::vector<WeightMoments> drawn(const std::vector<std::int64_t>& shape, auto distribution) {
  std::mt19937_64 engine(3);
  std::vector<WeightMoments> weights;
  for (int tensor = 0; tensor < 8; ++tensor) {
    std::vector<double> values(2048);
    std::ranges::generate(values, [&] { return distribution(engine); });
    weights.push_back(moments_of(shape, values));
  }
  return weights;
}

TEST(InitialWeights, have_the_shape_of_the_distribution_too) {
  const std::vector<std::int64_t> shape = {64, 16, 1, 1};  // 1 / fan-in: a deviation of 0.25
  EXPECT_NE(fit_initialiser(drawn(shape, std::normal_distribution(0.0, 0.25))).initialiser,
            nullptr);
  const double half_width = 0.25 * std::sqrt(3.0);
  EXPECT_EQ(fit_initialiser(drawn(shape, std::uniform_real_distribution(-half_width, half_width)))
                .initialiser,
            nullptr);
  EXPECT_EQ(fit_initialiser(drawn(shape, std::normal_distribution(0.02, 0.25))).initialiser,
            nullptr);
  EXPECT_EQ(fit_initialiser(drawn(shape, std::normal_distribution(0.0, 0.27))).initialiser,
            nullptr);
}

TEST(InitialWeights, of_heads_that_are_not_separable_have_a_deviation_of_a_hundredth) {
  const std::vector<std::int64_t> shape = {88, 88, 3, 3};
  const InitialFit fit = fit_initialiser(drawn(shape, std::normal_distribution(0.0, 0.01)));
  ASSERT_NE(fit.initialiser, nullptr);
  EXPECT_EQ(fit.initialiser->variance_text, "0.0001");
}

}  // namespace
}  // namespace effgate
