#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"

namespace effgate {

// How the running statistics of a recipe network come about where no golden file stores them: one
// float64 forward by the reference backend over a batch of images, every BatchNorm normalising
// with the mean and the biased variance of its own batch, everything else as in inference.
struct CalibrationPlan {
  std::string model;  // whose statistics are measured; its twins share them
  std::int64_t height = 256;
  std::int64_t width = 256;
  std::int64_t first_image = 1;
  std::int64_t images = 2;
};
Result<CalibrationPlan> calibration_plan(const ModelConfig& config);

// What one BatchNorm saw: per channel mean and biased variance over `samples` numbers.
struct BatchMoments {
  std::vector<double> mean;
  std::vector<double> variance;
  std::int64_t samples = 0;
};

// What is stored for it: the unbiased variance, as PyTorch keeps it, no smaller in any channel
// than a tenth of its mean over the channels; both rounded to float32.
struct RunningStatistics {
  std::vector<float> mean;
  std::vector<float> variance;
};
// `samples` is at least 2.
RunningStatistics running_statistics(const BatchMoments& moments);

}  // namespace effgate
