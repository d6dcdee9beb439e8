#include "harness/recipe/calibration.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>

#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

constexpr double kVarianceFloor = 0.1;

// The network with the same parameters whose statistics a name shares; of other implementations
// effdet's.
std::string_view calibrated_twin(std::string_view name) {
  constexpr std::string_view kAdvProp = "_ap";
  name.remove_prefix(name.find(':') + 1);
  if (name == "tf_efficientdet_d7") return "tf_efficientdet_d6";
  if (name.ends_with(kAdvProp)) name.remove_suffix(kAdvProp.size());
  return name;
}

}  // namespace

Result<CalibrationPlan> calibration_plan(const ModelConfig& config) {
  EFFGATE_ASSIGN(const std::string model, resolve_model_name(calibrated_twin(config.name)));
  const std::int64_t side = config.max_level >= 8 ? 512 : 256;
  return CalibrationPlan{.model = model, .height = side, .width = side};
}

RunningStatistics running_statistics(const BatchMoments& moments) {
  assert(moments.samples >= 2 && !moments.variance.empty());
  const auto samples = static_cast<double>(moments.samples);
  std::vector<double> unbiased;
  for (const double variance : moments.variance) {
    unbiased.push_back(variance * samples / (samples - 1));
  }
  const double mean =
      std::accumulate(unbiased.begin(), unbiased.end(), 0.0) / static_cast<double>(unbiased.size());
  RunningStatistics result;
  for (const double value : moments.mean) result.mean.push_back(static_cast<float>(value));
  for (const double value : unbiased) {
    result.variance.push_back(static_cast<float>(std::max(value, kVarianceFloor * mean)));
  }
  return result;
}

}  // namespace effgate
