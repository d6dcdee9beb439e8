#include "harness/backend/calibrate.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace effgate {
namespace {

constexpr double kSmallestShareOfMean = 0.1;

void raise_small_variances(std::vector<double>& var) {
  const double mean =
      std::accumulate(var.begin(), var.end(), 0.0) / static_cast<double>(var.size());
  for (double& value : var) value = std::max(value, kSmallestShareOfMean * mean);
}

bool is_running_statistic(std::string_view name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

// Zeros instead of the statistics that are about to be found.
class UncalibratedSource {
 public:
  explicit UncalibratedSource(const ParamSource& source) : source_(source) {}

  Result<std::span<const std::byte>> operator()(const ParamSpec& param, DType dtype) {
    if (!is_running_statistic(param.name)) return source_(param, dtype);
    std::size_t bytes = size_of(dtype);
    for (const std::int64_t extent : param.shape) bytes *= static_cast<std::size_t>(extent);
    auto& zeros = zeros_[bytes];
    zeros.resize(bytes);
    return std::span<const std::byte>(zeros);
  }

 private:
  const ParamSource& source_;
  std::map<std::size_t, std::vector<std::byte>> zeros_;
};

}  // namespace

Result<std::vector<ModuleStatistics>> calibrate_batch_norms(Session& session, const Graph& graph,
                                                            DType dtype, const ParamSource& source,
                                                            std::span<const std::byte> input) {
  EFFGATE_ASSIGN(const auto executor,
                 Executor::create(session, graph, dtype, UncalibratedSource(source)));
  EFFGATE_TRY(executor->set_input(input));
  std::vector<ModuleStatistics> all;
  EFFGATE_TRY(executor->run_in_train_mode([&](ModuleStatistics statistics) {
    raise_small_variances(statistics.running_var);
    all.push_back(std::move(statistics));
    return success();
  }));
  return all;
}

}  // namespace effgate
