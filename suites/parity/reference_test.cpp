// What the reference computes against what the Python implementation computed.
#include "harness/backend/reference/reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "harness/backend/calibrate.h"
#include "harness/recipe/calibration.h"
#include "harness/recipe/image.h"
#include "suites/parity/recipe_network.h"

namespace effgate {
namespace {

class GoldenParity : public ::testing::TestWithParam<const char*> {
 protected:
  static Library reference() { return *Library::from_table(reference_backend()); }
  static int all_cores() { return static_cast<int>(std::thread::hardware_concurrency()); }
};

TEST_P(GoldenParity, agrees_with_python_in_float64) {
  compare_with_golden(GetParam(), reference(), all_cores(), DType::float64,
                      expect_float64_rounding);
}

TEST_P(GoldenParity, stays_within_the_noise_of_float32) {
  compare_with_golden(GetParam(), reference(), all_cores(), DType::float32, expect_float32_noise);
}

#if EFFGATE_PARITY_CALIBRATION
// The stored statistics come from a float32 run of PyTorch, whose noise grows with depth.
TEST_P(GoldenParity, measures_the_stored_batch_norm_statistics) {
  const auto golden = GoldenFile::open(golden_path(GetParam()));
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  const std::int64_t height = golden->number("height");
  const std::int64_t width = golden->number("width");
  RecipeNetwork network(*golden, reference(), {height, width, 2}, all_cores());
  const std::vector<float> images = make_images(network.seed(), 1, 2, height, width);
  const auto measured = measure_batch_norms(network.session(), network.graph(), DType::float64,
                                            network.source(), in_dtype(images, DType::float64));
  ASSERT_TRUE(measured.ok()) << measured.error().message;
  EXPECT_EQ(measured->size(), static_cast<std::size_t>(golden->number("num_bn")));
  for (const ModuleStatistics& module : *measured) {
    const auto [mean, variance] =
        running_statistics({module.channels.mean, module.channels.var, module.channels.count});
    const std::vector<float> stored_mean = golden->floats("bn/" + module.module + ".running_mean");
    const std::vector<float> stored_var = golden->floats("bn/" + module.module + ".running_var");
    ASSERT_EQ(mean.size(), stored_mean.size()) << module.module;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      ASSERT_NEAR(mean[c], stored_mean[c], 1e-4 * std::sqrt(stored_var[c])) << module.module;
      ASSERT_NEAR(variance[c], stored_var[c], 1e-4 * stored_var[c]) << module.module;
    }
  }
}
#endif

INSTANTIATE_TEST_SUITE_P(Networks, GoldenParity, ::testing::Values(EFFGATE_PARITY_NETWORKS),
                         [](const auto& network) { return std::string(network.param); });

}  // namespace
}  // namespace effgate
