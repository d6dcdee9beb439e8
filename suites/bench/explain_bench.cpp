// Explaining a file of D0 and of D7x that is healthy: open it with every checksum, read the network
// out of its names and shapes, look at every value; warm from the page cache. The index of networks
// is made before.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/save.h"
#include "harness/doctor/diagnose.h"

namespace {

using namespace effgate;

template <typename T>
T value_or_exit(Result<T> result) {
  if (!result.ok()) {
    std::cerr << "explain_bench: " << result.error().message << "\n";
    std::exit(3);
  }
  return *std::move(result);
}

// The state dict of a model, with bytes that are no NaN anywhere.
void write_file(const std::filesystem::path& path, const Network& network) {
  std::vector<std::byte> bytes(std::size_t{1} << 26);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(i * 31 >> 3 & 63);
  std::vector<TensorToSave> tensors;
  for (const ParamSpec& param : network.schema) {
    std::size_t size = size_of(param.dtype);
    for (const std::int64_t dim : param.shape) size *= static_cast<std::size_t>(dim);
    tensors.push_back({param.name, param.dtype, param.shape, std::span(bytes).first(size)});
  }
  value_or_exit(save_zip(path, tensors));
}

void explain(benchmark::State& state, const std::string& model) {
  const TemporaryDirectory folder = value_or_exit(TemporaryDirectory::create());
  const std::filesystem::path path = folder.path() / "file.pth";
  const NetworkIndex& networks = NetworkIndex::instance();
  write_file(path, *networks.find(model));
  for (auto _ : state) {
    const Checkpoint checkpoint = value_or_exit(Checkpoint::inspect(path, {"", false, true}));
    const Diagnosis diagnosis = diagnose_checkpoint(checkpoint, networks, model);
    if (!diagnosis.loads.value_or(false)) state.SkipWithError("the file does not load");
  }
}

BENCHMARK_CAPTURE(explain, d0, "tf_efficientdet_d0")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(explain, d7x, "tf_efficientdet_d7x")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
