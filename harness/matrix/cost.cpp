#include "harness/matrix/cost.h"

#include <functional>
#include <numeric>
#include <span>

#include "harness/graph/catalogue.h"
#include "harness/matrix/axes.h"

namespace effgate {
namespace {

double elements(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>());
}

}  // namespace

Result<ForwardCost> forward_cost(const std::string& model, const std::string& size) {
  EFFGATE_ASSIGN(const ModelConfig config, find_model(model));
  ModelOverrides overrides;
  if (size != "native") {
    overrides.height = image_size(size).height;
    overrides.width = image_size(size).width;
  }
  EFFGATE_ASSIGN(const Graph graph, build_graph(config, overrides));
  ForwardCost cost;
  for (const ParamSpec& param : graph.params) {
    cost.parameters += static_cast<std::uint64_t>(elements(param.shape));
  }
  for (const Tap& output : graph.outputs) {
    cost.output_elements += static_cast<std::uint64_t>(
        elements(graph.values[static_cast<std::size_t>(output.value)].shape));
  }
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::conv2d) continue;
    // Each output element sums the weights of one filter.
    const auto& weight = graph.params[static_cast<std::size_t>(op.params.front())].shape;
    const auto& output = graph.values[static_cast<std::size_t>(op.output)].shape;
    cost.multiply_adds += elements(output) * elements(std::span(weight).subspan(1));
  }
  return cost;
}

}  // namespace effgate
