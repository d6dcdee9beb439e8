#include "harness/recipe/statistics.h"

#include "harness/recipe/parameters.h"

namespace effgate {
namespace {

std::size_t byte_count(const ParamSpec& param) {
  std::size_t count = size_of(param.dtype);
  for (const std::int64_t dim : param.shape) count *= static_cast<std::size_t>(dim);
  return count;
}

}  // namespace

std::string stored_statistic_name(const ParamSpec& param) { return "bn/" + param.name; }

Result<std::vector<std::byte>> stored_statistic(const ParamSpec& param, const TensorLookup& file) {
  const std::string name = stored_statistic_name(param);
  const std::optional<StoredTensor> tensor = file(name);
  if (!tensor) {
    return Error{.kind = ErrorKind::not_found,
                 .message = "reading running statistics: there is no tensor " + name};
  }
  if (tensor->dtype != param.dtype || tensor->shape != param.shape ||
      tensor->bytes.size() != byte_count(param)) {
    return Error{.kind = ErrorKind::malformed,
                 .message = "reading running statistics: " + name +
                            " has another dtype or shape than the model's"};
  }
  return std::vector<std::byte>(tensor->bytes.begin(), tensor->bytes.end());
}

Result<std::vector<std::byte>> make_parameter(const ParamSpec& param, std::uint64_t seed,
                                              const TensorLookup& statistics) {
  if (is_running_statistic(param.name)) return stored_statistic(param, statistics);
  return fill_parameter(param, seed);
}

}  // namespace effgate
