#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace effgate {

// A convolution's weights, or a sample of them, by their moments about zero.
struct WeightMoments {
  std::vector<std::int64_t> shape;  // out, in/groups, height, width
  std::size_t count = 0;            // elements sampled
  double sum = 0, sum_of_squares = 0, sum_of_fourths = 0;
};
WeightMoments moments_of(std::vector<std::int64_t> shape, std::span<const double> values);

// How a constructor draws weights: independent numbers with mean 0 and a variance that the shape
// alone gives.
struct Initialiser {
  std::string_view distribution;  // "normal", "uniform"
  std::string_view variance_text;
  double kurtosis;
  double (*variance)(std::span<const std::int64_t> shape);
};

// Weights taken together, each divided by the deviation that an initialiser gives its tensor.
struct InitialFit {
  const Initialiser* initialiser = nullptr;  // null where none made them
  std::size_t tensors = 0, elements = 0;
  double deviation = 0;  // of what is expected: 1 for fresh weights
  double kurtosis = 0;
};

// Which initialiser the weights of one part of a network still come from. Every tensor must have
// its deviation and all together mean, deviation and kurtosis, each within what chance allows a
// sample of that size. A short training leaves small parts so: what else was moved must tell too.
// Fewer than 5000 elements tell nothing, nor does a tensor of none among them.
InitialFit fit_initialiser(std::span<const WeightMoments> weights);

}  // namespace effgate
