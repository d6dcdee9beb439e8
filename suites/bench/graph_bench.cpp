// Building networks and recipe content; any model's graph with its schema is to take at most 5 ms.
#include <benchmark/benchmark.h>

#include "harness/graph/anchors.h"
#include "harness/graph/catalogue.h"
#include "harness/recipe/image.h"
#include "harness/recipe/parameters.h"

namespace effgate {
namespace {

void build_network(benchmark::State& state, const std::string& name) {
  for (const auto step : state) {
    auto config = find_model(name);
    auto graph = build_graph(*config);
    benchmark::DoNotOptimize(graph->ops.data());
  }
}

void make_anchors_of_d7(benchmark::State& state) {
  const ModelConfig config = *find_model("d7");
  for (const auto step : state) benchmark::DoNotOptimize(make_anchors(config).data());
}

void make_recipe_image(benchmark::State& state) {
  for (const auto step : state) benchmark::DoNotOptimize(make_image(1, 0, 512, 512).data());
}

void fill_recipe_of_d0(benchmark::State& state) {
  const std::vector<ParamSpec> schema = state_dict_schema(*find_model("d0"));
  for (const auto step : state) {
    for (const ParamSpec& param : schema) {
      if (is_running_statistic(param.name)) continue;
      benchmark::DoNotOptimize(fill_parameter(param, 1)->data());
    }
  }
}

}  // namespace
}  // namespace effgate

int main(int argc, char** argv) {
  for (const std::string& name : effgate::model_names()) {
    benchmark::RegisterBenchmark(("build_network/" + name).c_str(), [name](
                                                                        benchmark::State& state) {
      effgate::build_network(state, name);
    })->Unit(benchmark::kMillisecond);
  }
  const auto add = [](const char* name, void (*run)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name, run)->Unit(benchmark::kMillisecond);
  };
  add("make_anchors/d7", effgate::make_anchors_of_d7);
  add("make_image/512x512", effgate::make_recipe_image);
  add("fill_parameters/d0", effgate::fill_recipe_of_d0);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
