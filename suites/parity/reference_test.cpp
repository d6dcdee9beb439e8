// What the reference computes against what the Python implementation computed.
#include "harness/backend/reference/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <thread>

#include "harness/backend/calibrate.h"
#include "harness/backend/executor.h"
#include "harness/graph/catalogue.h"
#include "harness/recipe/calibration.h"
#include "harness/recipe/image.h"
#include "suites/parity/golden_file.h"

namespace effgate {
namespace {

std::vector<std::byte> in_dtype(std::span<const float> values, DType dtype) {
  std::vector<std::byte> bytes(values.size() * size_of(dtype));
  if (dtype == DType::float32) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  const std::vector<double> wide(values.begin(), values.end());
  std::memcpy(bytes.data(), wide.data(), bytes.size());
  return bytes;
}

std::vector<double> widened(const HostTensor& tensor) {
  if (tensor.dtype == DType::float64) {
    std::vector<double> values(tensor.bytes.size() / sizeof(double));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return {values.begin(), values.end()};
}

// The network of a golden file with its recipe weights on the reference.
class RecipeNetwork {
 public:
  RecipeNetwork(const GoldenFile& golden, std::int64_t height, std::int64_t width,
                std::int64_t batch)
      : golden_(golden),
        graph_(build_graph(*find_model(golden.metadata("model")),
                           {.height = height, .width = width, .batch = batch})) {
    environment_.intra_op_threads = static_cast<int>(std::thread::hardware_concurrency());
  }

  const Graph& graph() const { return *graph_; }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(golden_.number("seed")); }

  ParamSource source() {
    return [this](const ParamSpec& spec, DType dtype) -> Result<std::span<const std::byte>> {
      EFFGATE_ASSIGN(const std::vector<std::byte> stored,
                     make_parameter(spec, seed(), golden_.lookup()));
      std::vector<float> values(stored.size() / sizeof(float));
      std::memcpy(values.data(), stored.data(), stored.size());
      return std::span<const std::byte>(kept_[spec.name] = in_dtype(values, dtype));
    };
  }

  Result<std::unique_ptr<Executor>> executor(DType dtype) {
    session_.emplace(Session::open(*library_, environment_));
    EFFGATE_ASSIGN(auto made, Executor::create(**session_, *graph_, dtype, source()));
    const std::vector<float> image = make_image(seed(), 0, graph_->height, graph_->width);
    EFFGATE_TRY(made->set_input(in_dtype(image, dtype)));
    return made;
  }

  Session& session() {
    session_.emplace(Session::open(*library_, environment_));
    return **session_;
  }

 private:
  const GoldenFile& golden_;
  Result<Graph> graph_;
  Result<Library> library_ = Library::from_table(reference_backend());
  effgate_environment environment_ = default_environment();
  std::optional<Result<Session>> session_;
  std::map<std::string, std::vector<std::byte>> kept_;
};

struct Difference {
  double max = 0;
  double rms = 0;
};

Difference difference(const GoldenTap& golden, const std::vector<double>& values) {
  Difference found;
  double squares = 0;
  for (std::size_t i = 0; i < golden.index.size(); ++i) {
    const double distance =
        std::abs(values[static_cast<std::size_t>(golden.index[i])] - golden.value[i]);
    found.max = std::isnan(distance) ? distance : std::max(found.max, distance);
    squares += distance * distance;
  }
  found.rms = std::sqrt(squares / static_cast<double>(golden.index.size()));
  return found;
}

bool is_golden_tap(const std::string& name) {
  return name.starts_with("backbone/") || name.starts_with("fpn/") || name.starts_with("class/") ||
         name.starts_with("box/");
}

std::vector<Tap> golden_taps(const Graph& graph) {
  std::vector<Tap> taps = graph.outputs;
  std::copy_if(graph.taps.begin(), graph.taps.end(), std::back_inserter(taps),
               [](const Tap& tap) { return is_golden_tap(tap.name); });
  return taps;
}

class GoldenParity : public ::testing::TestWithParam<const char*> {
 protected:
  static std::filesystem::path path() {
    const char* source = std::getenv("EFFGATE_SOURCE_DIR");
    return std::filesystem::path(source == nullptr ? "." : source) / "fixtures/golden" /
           (std::string(GetParam()) + ".safetensors");
  }

  // Calls judge(golden, difference) for every tap and expects all levels of all four kinds.
  template <typename Judge>
  void compare(DType dtype, const Judge& judge) {
    const auto golden = GoldenFile::open(path());
    ASSERT_TRUE(golden.ok()) << golden.error().message;
    RecipeNetwork network(*golden, golden->number("height"), golden->number("width"), 1);
    auto executor = network.executor(dtype);
    ASSERT_TRUE(executor.ok()) << executor.error().message;
    std::set<std::string> seen;
    const Status run =
        (*executor)->run_with_taps(golden_taps(network.graph()), [&](const HostTensor& tensor) {
          const GoldenTap expected = golden->tap(tensor.name);
          EXPECT_EQ(tensor.shape, expected.shape) << tensor.name;
          SCOPED_TRACE(tensor.name);
          judge(expected, difference(expected, widened(tensor)));
          seen.insert(tensor.name);
          return success();
        });
    ASSERT_TRUE(run.ok()) << run.error().message;
    const auto levels = static_cast<std::size_t>(network.graph().max_level - 2);
    EXPECT_EQ(seen.size(), 3 + 3 * levels);  // backbone has levels 3 to 5
  }
};

TEST_P(GoldenParity, agrees_with_python_in_float64) {
  compare(DType::float64, [](const GoldenTap& golden, const Difference& found) {
    EXPECT_LE(found.max, 1e-9 * golden.rms);
  });
}

TEST_P(GoldenParity, stays_within_the_noise_of_float32) {
  compare(DType::float32, [](const GoldenTap& golden, const Difference& found) {
    EXPECT_LE(found.max, 8 * golden.float32_max_error);
    EXPECT_LE(found.rms, 4 * golden.float32_rms_error);
  });
}

#if EFFGATE_PARITY_CALIBRATION
// The stored statistics come from a float32 run of PyTorch, whose noise grows with depth.
TEST_P(GoldenParity, measures_the_stored_batch_norm_statistics) {
  const auto golden = GoldenFile::open(path());
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  const std::int64_t height = golden->number("height");
  const std::int64_t width = golden->number("width");
  RecipeNetwork network(*golden, height, width, 2);
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
