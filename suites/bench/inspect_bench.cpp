// What `effgate inspect` does with a D7x checkpoint: a zip as Python writes it, 207 MB in 1990
// tensors, read from the file cache.
#include <benchmark/benchmark.h>

#include "harness/base/files.h"
#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/layout/inspect.h"
#include "harness/layout/network_index.h"

namespace effgate {
namespace {

Status write_zeros(const std::filesystem::path& path) {
  EFFGATE_ASSIGN(const ModelConfig model, find_model("tf_efficientdet_d7x"));
  const std::vector<ParamSpec> schema = state_dict_schema(model);
  const auto bytes_of = [](const ParamSpec& param) {
    std::size_t bytes = size_of(param.dtype);
    for (const std::int64_t size : param.shape) bytes *= static_cast<std::size_t>(size);
    return bytes;
  };
  std::size_t largest = 0;
  for (const ParamSpec& param : schema) largest = std::max(largest, bytes_of(param));
  const std::vector<std::byte> zeros(largest);
  std::vector<TensorToSave> tensors;
  for (const ParamSpec& param : schema) {
    tensors.push_back({param.name, param.dtype, param.shape,
                       std::span<const std::byte>(zeros).first(bytes_of(param))});
  }
  return save_zip(path, tensors);
}

void inspect_d7x(benchmark::State& state) {
  const auto folder = TemporaryDirectory::create();
  if (!folder.ok()) return state.SkipWithError(folder.error().message.c_str());
  const std::filesystem::path path = folder->path() / "d7x.pth";
  const Status written = write_zeros(path);
  if (!written.ok()) return state.SkipWithError(written.error().message.c_str());
  for (auto iteration : state) {
    static_cast<void>(iteration);
    const auto checkpoint = Checkpoint::inspect(path);
    if (!checkpoint.ok()) return state.SkipWithError(checkpoint.error().message.c_str());
    benchmark::DoNotOptimize(inspect_checkpoint(*checkpoint).candidates.size());
  }
}
// The first iteration makes the index of networks, as a call of the program does.
BENCHMARK(inspect_d7x)->Unit(benchmark::kMillisecond)->Iterations(1)->Repetitions(5);

}  // namespace
}  // namespace effgate

BENCHMARK_MAIN();
