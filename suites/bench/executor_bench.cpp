// Walking D0's operations on the backend that computes nothing is to take at most 2 ms; computing
// them on the reference, at most 1.5 s on two cores.
#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/backend/reference/reference.h"
#include "harness/backend/testing/testing.h"
#include "harness/graph/catalogue.h"
#include "harness/recipe/image.h"
#include "harness/recipe/parameters.h"

namespace effgate {
namespace {

// Recipe weights in float32; running statistics are 1, which keeps activations in range.
class RecipeSource {
 public:
  Result<std::span<const std::byte>> operator()(const ParamSpec& param, DType) {
    std::vector<std::byte>& kept = kept_[param.name];
    if (!is_running_statistic(param.name)) {
      EFFGATE_ASSIGN(kept, fill_parameter(param, 1));
      return std::span<const std::byte>(kept);
    }
    const std::vector<float> ones(static_cast<std::size_t>(param.shape[0]), 1.0F);
    const auto bytes = std::as_bytes(std::span(ones));
    kept.assign(bytes.begin(), bytes.end());
    return std::span<const std::byte>(kept);
  }

 private:
  std::map<std::string, std::vector<std::byte>> kept_;
};

void walk(benchmark::State& state, const effgate_backend* table, const std::string& model,
          int threads) {
  effgate_environment environment = default_environment();
  environment.intra_op_threads = threads;
  const auto library = Library::from_table(table);
  auto session = Session::open(*library, environment);
  const auto graph = build_graph(*find_model(model));
  RecipeSource source;
  auto executor = Executor::create(*session, *graph, DType::float32, std::ref(source));
  const std::vector<float> image = make_image(1, 0, graph->height, graph->width);
  if (!executor || !(*executor)->set_input(std::as_bytes(std::span(image))).ok()) {
    state.SkipWithError("the network was not set up");
    return;
  }
  for (const auto step : state) {
    const Status run = (*executor)->run();
    if (!run) state.SkipWithError(run.error().message.c_str());
  }
  state.counters["operations"] = static_cast<double>(graph->ops.size());
}

void walk_null(benchmark::State& state, const std::string& model) {
  setenv(kTestingVariable, "null", 1);
  walk(state, testing_backend(), model, 1);
  unsetenv(kTestingVariable);
}

BENCHMARK_CAPTURE(walk_null, d0, "d0")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(walk_null, d7x, "d7x")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(walk, reference_lite0_2_threads, reference_backend(), "lite0", 2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(walk, reference_d0_1_thread, reference_backend(), "d0", 1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(walk, reference_d0_2_threads, reference_backend(), "d0", 2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace effgate

BENCHMARK_MAIN();
