#include "suites/parity/recipe_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "harness/graph/anchors.h"
#include "harness/graph/catalogue.h"
#include "harness/measure/detections.h"
#include "harness/measure/pairing.h"
#include "harness/recipe/image.h"

namespace effgate {
namespace {

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

}  // namespace

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

std::filesystem::path golden_path(const std::string& network) {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "fixtures/golden" /
         (network + ".safetensors");
}

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

RecipeNetwork::RecipeNetwork(const GoldenFile& golden, Library library, const InputSize& size,
                             int threads, const std::string& model)
    : golden_(golden),
      graph_(build_graph(*find_model(model.empty() ? golden.metadata("model") : model),
                         {.height = size.height, .width = size.width, .batch = size.batch})),
      library_(std::move(library)) {
  environment_.intra_op_threads = threads;
}

ParamSource RecipeNetwork::source() {
  return [this](const ParamSpec& spec, DType dtype) -> Result<std::span<const std::byte>> {
    EFFGATE_ASSIGN(const std::vector<std::byte> stored,
                   make_parameter(spec, seed(), golden_.lookup()));
    std::vector<float> values(stored.size() / sizeof(float));
    std::memcpy(values.data(), stored.data(), stored.size());
    return std::span<const std::byte>(kept_[spec.name] = in_dtype(values, dtype));
  };
}

Result<std::unique_ptr<Executor>> RecipeNetwork::executor(DType dtype) {
  EFFGATE_ASSIGN(auto made, Executor::create(session(), *graph_, dtype, source()));
  const std::vector<float> image = make_image(seed(), 0, graph_->height, graph_->width);
  EFFGATE_TRY(made->set_input(in_dtype(image, dtype)));
  return made;
}

Session& RecipeNetwork::session() {
  session_.emplace(Session::open(library_, environment_));
  return **session_;
}

namespace {

// The 100 rows that effdet's post-processing gave for the same outputs in the same dtype.
Detections golden_detections(const GoldenFile& golden, DType dtype) {
  const std::vector<float> rows = golden.floats(dtype == DType::float64 ? "det/fp64" : "det/fp32");
  Detections detections{};
  EXPECT_EQ(rows.size(), 6 * detections.size());
  for (std::size_t i = 0; i < detections.size() && 6 * i + 5 < rows.size(); ++i) {
    const float* row = &rows[6 * i];
    detections[i] = {row[0], row[1], row[2], row[3], row[4], row[5]};
  }
  return detections;
}

// Every row finds a partner: same class, score within 1e-3, corners within half a pixel; rows that
// noise puts on either side of rank 100 excepted.
void expect_same_detections(const GoldenFile& golden, const InputSize& size, Executor& executor,
                            DType dtype) {
  const auto outputs = executor.outputs();
  ASSERT_TRUE(outputs.ok()) << outputs.error().message;
  const auto config = with_overrides(*find_model(golden.metadata("model")),
                                     {.height = size.height, .width = size.width});
  ASSERT_TRUE(config.ok()) << config.error().message;
  const std::vector<float> anchors = make_anchors(*config);
  const auto found = detect(*outputs, {config->num_classes, anchors}, 0);
  ASSERT_TRUE(found.ok()) << found.error().message;
  const DetectionPairing pairing = pair_detections(*found, golden_detections(golden, dtype));
  EXPECT_EQ(pairing.share(), 1) << pairing.paired << " of " << pairing.rows << " rows pair up";
  EXPECT_GE(pairing.rows, 100);
}

}  // namespace

void compare_with_golden(const std::string& name, Library library, int threads, DType dtype,
                         const Judge& judge) {
  const auto golden = GoldenFile::open(golden_path(name));
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  const InputSize size = {golden->number("height"), golden->number("width")};
  RecipeNetwork network(*golden, std::move(library), size, threads);
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
  expect_same_detections(*golden, size, **executor, dtype);
}

void expect_float32_noise(const GoldenTap& golden, const Difference& found) {
  EXPECT_LE(found.max, 8 * golden.float32_max_error);
  EXPECT_LE(found.rms, 4 * golden.float32_rms_error);
}

void expect_float64_rounding(const GoldenTap& golden, const Difference& found) {
  EXPECT_LE(found.max, 1e-9 * golden.rms);
}

}  // namespace effgate
