#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/backend/executor.h"
#include "suites/parity/golden_file.h"

namespace effgate {

std::filesystem::path golden_path(const std::string& network);

// float32 values as they are, or widened to float64.
std::vector<std::byte> in_dtype(std::span<const float> values, DType dtype);

struct InputSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t batch = 1;
};

// A network with the recipe weights and the stored statistics of effdet's golden file for it, on
// one library. The golden file outlives it.
class RecipeNetwork {
 public:
  // The golden file's own network, or `model`, another implementation's of the same parameters.
  RecipeNetwork(const GoldenFile& golden, Library library, const InputSize& size, int threads,
                const std::string& model = "");

  const Graph& graph() const { return *graph_; }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(golden_.number("seed")); }

  ParamSource source();
  // With image 0 as its input.
  Result<std::unique_ptr<Executor>> executor(DType dtype);
  Session& session();

 private:
  const GoldenFile& golden_;
  Result<Graph> graph_;
  Library library_;
  effgate_environment environment_ = default_environment();
  std::optional<Result<Session>> session_;
  std::map<std::string, std::vector<std::byte>> kept_;
};

struct Difference {
  double max = 0;
  double rms = 0;
};
using Judge = std::function<void(const GoldenTap&, const Difference&)>;

// Of the values of a whole tensor from those that the file holds.
Difference difference(const GoldenTap& golden, const std::vector<double>& values);
std::vector<double> widened(const HostTensor& tensor);

// Runs the network of fixtures/golden/NETWORK.safetensors, has every tap of the file judged,
// expects all levels of all four kinds, and the file's detections. To be called by a test.
void compare_with_golden(const std::string& network, Library library, int threads, DType dtype,
                         const Judge& judge);

// 4 times (rms) and 8 times (max) the error of PyTorch's own float32 run.
void expect_float32_noise(const GoldenTap& golden, const Difference& found);
// A billionth of the tap's rms.
void expect_float64_rounding(const GoldenTap& golden, const Difference& found);

}  // namespace effgate
