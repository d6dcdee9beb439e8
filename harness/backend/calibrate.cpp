#include "harness/backend/calibrate.h"

#include <map>
#include <string_view>

namespace effgate {
namespace {

bool is_running_statistic(std::string_view name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

// Zeros instead of the statistics that are about to be found.
class UnmeasuredSource {
 public:
  explicit UnmeasuredSource(const ParamSource& source) : source_(source) {}

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

Result<std::vector<ModuleStatistics>> measure_batch_norms(Session& session, const Graph& graph,
                                                          DType dtype, const ParamSource& source,
                                                          std::span<const std::byte> input) {
  EFFGATE_ASSIGN(const auto executor,
                 Executor::create(session, graph, dtype, UnmeasuredSource(source)));
  EFFGATE_TRY(executor->set_input(input));
  std::vector<ModuleStatistics> all;
  EFFGATE_TRY(executor->run_in_train_mode([&](ModuleStatistics statistics) {
    all.push_back(std::move(statistics));
    return success();
  }));
  return all;
}

}  // namespace effgate
