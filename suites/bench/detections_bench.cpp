// Post-processing of D0's outputs at 512x512: 49104 anchors, 90 classes.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "harness/graph/anchors.h"
#include "harness/graph/catalogue.h"
#include "harness/measure/detections.h"
#include "harness/measure/drift.h"

namespace effgate {
namespace {

HostTensor noise(const std::string& name, std::vector<std::int64_t> shape, float mean) {
  std::mt19937 generator(static_cast<std::uint32_t>(shape[1] * shape[2]));
  std::normal_distribution<float> distribution(mean, 1);
  std::vector<float> values(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]));
  for (float& value : values) value = distribution(generator);
  HostTensor tensor{name, DType::float32, std::move(shape), {}};
  tensor.bytes.resize(values.size() * sizeof(float));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::vector<HostTensor> d0_outputs() {
  std::vector<HostTensor> outputs;
  for (int level = 3; level <= 7; ++level) {
    const std::int64_t size = 512 >> level;
    outputs.push_back(noise("class/" + std::to_string(level), {1, 810, size, size}, -5));
    outputs.push_back(noise("box/" + std::to_string(level), {1, 36, size, size}, 0));
  }
  return outputs;
}

void detections_of_d0(benchmark::State& state) {
  const std::vector<HostTensor> outputs = d0_outputs();
  const auto config = find_model("tf_efficientdet_d0");
  if (!config.ok()) return state.SkipWithError(config.error().message.c_str());
  const std::vector<float> anchors = make_anchors(*config);
  for (auto iteration : state) {
    static_cast<void>(iteration);
    benchmark::DoNotOptimize(detect(outputs, {90, anchors}, 0).ok());
  }
}
BENCHMARK(detections_of_d0)->Unit(benchmark::kMillisecond);

void drift_of_d0_class_3(benchmark::State& state) {
  const HostTensor output = noise("class/3", {1, 810, 64, 64}, -5);
  const auto truth = widened(output.dtype, output.bytes);
  if (!truth.ok()) return state.SkipWithError(truth.error().message.c_str());
  for (auto iteration : state) {
    static_cast<void>(iteration);
    benchmark::DoNotOptimize(compare_with_truth(output.dtype, output.bytes, *truth)->rms);
  }
}
BENCHMARK(drift_of_d0_class_3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace effgate

BENCHMARK_MAIN();
