#include "harness/cell/recipe_job.h"

#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/backend/calibrate.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/save.h"
#include "harness/checkpoint/values.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/layout/own_schema.h"
#include "harness/recipe/calibration.h"
#include "harness/recipe/image.h"
#include "harness/recipe/parameters.h"
#include "harness/recipe/statistics.h"

namespace effgate {
namespace {

constexpr std::uint64_t kSeed = 1;

using Bytes = std::vector<std::byte>;

// Running statistics under the names that golden files give them.
class Statistics {
 public:
  explicit Statistics(Checkpoint golden) : golden_(std::move(golden)) {}
  explicit Statistics(const std::vector<ModuleStatistics>& measured) {
    for (const ModuleStatistics& each : measured) {
      RunningStatistics running =
          running_statistics({each.channels.mean, each.channels.var, each.channels.count});
      measured_["bn/" + each.module + ".running_mean"] = std::move(running.mean);
      measured_["bn/" + each.module + ".running_var"] = std::move(running.variance);
    }
  }

  std::optional<StoredTensor> find(const std::string& name) const {
    if (golden_) {
      const TensorEntry* tensor = golden_->find(name);
      if (tensor == nullptr) return std::nullopt;
      return StoredTensor{tensor->dtype, tensor->shape, tensor->data};
    }
    const auto found = measured_.find(name);
    if (found == measured_.end()) return std::nullopt;
    const auto channels = static_cast<std::int64_t>(found->second.size());
    return StoredTensor{DType::float32, {channels}, std::as_bytes(std::span(found->second))};
  }

 private:
  std::optional<Checkpoint> golden_;
  std::unordered_map<std::string, std::vector<float>> measured_;
};

std::optional<Statistics> stored_statistics(const std::filesystem::path& fixtures,
                                            const std::string& model) {
  const std::filesystem::path path = fixtures / "golden" / (model + ".safetensors");
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  Result<Checkpoint> golden = Checkpoint::open(path);
  if (!golden.ok()) return std::nullopt;
  return Statistics(*std::move(golden));
}

// The recipe's parameters in the dtype that the network computes in, kept while it runs.
class RecipeSource {
 public:
  Result<std::span<const std::byte>> operator()(const ParamSpec& param, DType dtype) {
    EFFGATE_ASSIGN(const Bytes filled, fill_parameter(param, kSeed));
    TensorEntry tensor;
    tensor.name = param.name;
    tensor.dtype = param.dtype;
    tensor.shape = param.shape;
    tensor.strides = row_major(param.shape);
    tensor.data = filled;
    tensor.bytes = filled.size();
    EFFGATE_ASSIGN(Bytes converted, converted_bytes(tensor, dtype));
    return std::span<const std::byte>(kept_->emplace_back(std::move(converted)));
  }

 private:
  static std::vector<std::int64_t> row_major(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
    return strides;
  }

  std::shared_ptr<std::deque<Bytes>> kept_ = std::make_shared<std::deque<Bytes>>();
};

Result<Statistics> measured_statistics(const Library& library, const CalibrationPlan& plan,
                                       const ModelOverrides& classes) {
  EFFGATE_ASSIGN(const ModelConfig entry, find_model(plan.model));
  ModelOverrides overrides = classes;
  overrides.height = plan.height;
  overrides.width = plan.width;
  overrides.batch = plan.images;
  EFFGATE_ASSIGN(const Graph graph, build_graph(entry, overrides));
  EFFGATE_ASSIGN(Session session, Session::open(library, default_environment()));
  const std::vector<float> images =
      make_images(kSeed, plan.first_image, plan.images, plan.height, plan.width);
  EFFGATE_ASSIGN(const Bytes input,
                 to_bytes(std::vector<double>(images.begin(), images.end()), DType::float64));
  EFFGATE_ASSIGN(const auto measured,
                 measure_batch_norms(session, graph, DType::float64, RecipeSource(), input));
  return Statistics(measured);
}

Result<Statistics> statistics_for(const CellJob& job, const Library& library,
                                  const ModelConfig& config, const ModelOverrides& classes,
                                  const std::filesystem::path& fixtures) {
  EFFGATE_ASSIGN(const CalibrationPlan plan, calibration_plan(config));
  for (const std::string& model : {config.name, plan.model}) {
    if (job.num_classes) break;  // stored statistics are those of the network as it is
    std::optional<Statistics> stored = stored_statistics(fixtures, model);
    if (stored) return *std::move(stored);
  }
  return measured_statistics(library, plan, classes);
}

using Names = std::unordered_map<std::string, std::string>;

// By the name that a tensor has in the file, the one that the recipe knows.
Result<Names> recipe_names(const std::vector<ParamSpec>& schema, const ModelConfig& model) {
  std::vector<std::string> stored;
  for (const ParamSpec& param : schema) stored.push_back(param.name);
  EFFGATE_ASSIGN(const Translation translation,
                 translate(stored, model, own_layout(model), Layout::effdet));
  Names names;
  for (const auto& [from, to] : translation.renamed) names.emplace(from, to);
  return names;
}

// What has no name in the recipe are another implementation's fusion weights, drawn by their own.
Result<Bytes> recipe_tensor(const ParamSpec& stored, const Names& names,
                            const TensorLookup& statistics) {
  const auto name = names.find(stored.name);
  if (name != names.end()) {
    return make_parameter({name->second, stored.shape, stored.dtype}, kSeed, statistics);
  }
  const auto count = static_cast<std::size_t>(stored.shape.at(0));
  const std::vector<float> weights = fill_edge_weights(stored.name, count, kSeed);
  const auto bytes = std::as_bytes(std::span(weights));
  return Bytes(bytes.begin(), bytes.end());
}

Status write(const CellJob& job, const ModelConfig& model, const Statistics& statistics) {
  const std::vector<ParamSpec> schema = own_schema(model);
  EFFGATE_ASSIGN(const Names names, recipe_names(schema, model));
  const TensorLookup lookup = [&](const std::string& name) { return statistics.find(name); };
  std::vector<Bytes> filled;
  filled.reserve(schema.size());
  std::vector<TensorToSave> tensors;
  for (const ParamSpec& param : schema) {
    EFFGATE_ASSIGN(Bytes bytes, recipe_tensor(param, names, lookup));
    const Bytes& kept = filled.emplace_back(std::move(bytes));
    tensors.push_back({param.name, param.dtype, param.shape, kept});
  }
  return save_zip(job.output_path, tensors);
}

}  // namespace

std::filesystem::path fixtures_folder() {
  if (const char* folder = std::getenv("EFFGATE_FIXTURES"); folder != nullptr && *folder != '\0') {
    return folder;
  }
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  // PREFIX/libexec/effgate/effgate-cell
  return program.parent_path().parent_path().parent_path() / "share" / "effgate" / "fixtures";
}

Status make_recipe(const CellJob& job, const Library& library,
                   const std::filesystem::path& fixtures) {
  EFFGATE_ASSIGN(const ModelConfig entry, find_model(job.model));
  ModelOverrides classes;
  classes.num_classes = job.num_classes;
  EFFGATE_ASSIGN(const ModelConfig config, with_overrides(entry, classes));
  EFFGATE_ASSIGN(const Statistics statistics,
                 statistics_for(job, library, config, classes, fixtures));
  return write(job, config, statistics);
}

}  // namespace effgate
