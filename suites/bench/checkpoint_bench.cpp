// Opening a checkpoint and touching every byte of its tensors: the zip container against mapped
// safetensors of the same tensors, warm from the page cache, with and without the zip's checksums.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"

namespace {

using namespace effgate;

template <typename T>
T value_or_exit(Result<T> result) {
  if (!result.ok()) {
    std::cerr << "checkpoint_bench: " << result.error().message << "\n";
    std::exit(3);
  }
  return *std::move(result);
}

// The state dict of D0 with bytes that are not all alike, once in each container.
class Files {
 public:
  static const Files& instance() {
    static const Files files;
    return files;
  }
  std::filesystem::path zip() const { return directory_.path() / "d0.pth"; }
  std::filesystem::path safetensors() const { return directory_.path() / "d0.safetensors"; }
  std::int64_t tensor_bytes() const { return tensor_bytes_; }

 private:
  Files() : directory_(value_or_exit(TemporaryDirectory::create())) {
    const auto schema = state_dict_schema(value_or_exit(find_model("tf_efficientdet_d0")));
    std::vector<std::byte> bytes(std::size_t{1} << 22);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 >> 3);
    std::vector<TensorToSave> tensors;
    for (const ParamSpec& param : schema) {
      std::size_t size = size_of(param.dtype);
      for (const std::int64_t dim : param.shape) size *= static_cast<std::size_t>(dim);
      tensors.push_back({param.name, param.dtype, param.shape, std::span(bytes).first(size)});
      tensor_bytes_ += static_cast<std::int64_t>(size);
    }
    value_or_exit(save_zip(zip(), tensors));
    value_or_exit(save_safetensors(safetensors(), tensors));
  }

  TemporaryDirectory directory_;
  std::int64_t tensor_bytes_ = 0;
};

std::uint64_t touch_every_byte(const Checkpoint& checkpoint) {
  std::uint64_t sum = 0;
  for (const TensorEntry& tensor : checkpoint.tensors()) {
    const std::byte* at = tensor.data.data();
    std::size_t left = tensor.data.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof(word));
      sum += word;
      at += sizeof(word);
    }
    for (; left > 0; --left) sum += static_cast<std::uint64_t>(*at++);
  }
  return sum;
}

void read(benchmark::State& state, const std::filesystem::path& path, bool verify) {
  OpenOptions options;
  options.verify_storages = verify;
  for (auto _ : state) {
    const Checkpoint checkpoint = value_or_exit(Checkpoint::open(path, options));
    benchmark::DoNotOptimize(touch_every_byte(checkpoint));
  }
  state.SetBytesProcessed(state.iterations() * Files::instance().tensor_bytes());
}

void safetensors(benchmark::State& state) { read(state, Files::instance().safetensors(), false); }
void zip(benchmark::State& state) { read(state, Files::instance().zip(), false); }
void zip_with_checksums(benchmark::State& state) { read(state, Files::instance().zip(), true); }

BENCHMARK(safetensors)->Unit(benchmark::kMillisecond);
BENCHMARK(zip)->Unit(benchmark::kMillisecond);
BENCHMARK(zip_with_checksums)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
