#include "harness/doctor/values/norm_facts.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "harness/graph/network.h"

namespace effgate {
namespace {

using std::string_view;

constexpr string_view kVariance = ".running_var";

double epsilon_of(string_view tensor, const ModelConfig& network) {
  return tensor.starts_with("backbone.") ? network.backbone.batch_norm_eps : network.batch_norm_eps;
}

void note_variances(const std::string& name, const std::vector<float>& variances, double epsilon,
                    NormFacts& facts) {
  const auto lowest = std::ranges::min_element(variances);
  if (lowest == variances.end() || *lowest >= 0) return;
  // In single precision, as it is computed.
  const bool impossible = *lowest + static_cast<float>(epsilon) <= 0;
  (impossible ? facts.impossible_variances : facts.negative_variances).push_back(name);
}

std::size_t dead_channels(const std::string& module, const std::vector<float>& variances,
                          const StateValues& values) {
  const std::vector<float> weights = values.read(module + ".weight");
  const std::vector<float> biases = values.read(module + ".bias");
  if (weights.size() != variances.size() || biases.size() != variances.size()) return 0;
  std::size_t dead = 0;
  for (std::size_t i = 0; i < variances.size(); ++i)
    if (variances[i] == 0 || (weights[i] == 0 && biases[i] == 0)) ++dead;
  return dead;
}

// The outputs that no path from the image reaches beside the norm.
std::vector<std::string> outputs_behind(const Graph& graph, const std::string& module) {
  std::vector<bool> reached(graph.values.size(), false);
  reached[0] = true;
  for (const Op& op : graph.ops) {
    const bool is_norm =
        op.kind == OpKind::batch_norm &&
        graph.params[static_cast<std::size_t>(op.params[0])].name == module + ".weight";
    if (is_norm) continue;
    for (const ValueId input : op.inputs)
      if (reached[static_cast<std::size_t>(input)])
        reached[static_cast<std::size_t>(op.output)] = true;
  }
  std::vector<std::string> outputs;
  for (const Tap& output : graph.outputs)
    if (!reached[static_cast<std::size_t>(output.value)]) outputs.push_back(output.name);
  return outputs;
}

// What lies behind them. One graph serves all; a hostile file's hundreds of dead norms need no
// walk each.
void find_outputs(const ModelConfig& network, std::vector<DeadNorm>& norms) {
  constexpr std::size_t kMostWalks = 16;
  std::optional<Graph> graph;
  std::size_t walks = 0;
  for (DeadNorm& norm : norms) {
    if (norm.dead < norm.channels || ++walks > kMostWalks) continue;
    if (!graph) {
      auto built = build_graph(network);
      if (!built.ok()) return;
      graph = *std::move(built);
    }
    norm.outputs = outputs_behind(*graph, norm.module);
  }
}

}  // namespace

NormFacts norm_facts(const StoredState& state, const StateValues& values,
                     const ModelConfig& network) {
  NormFacts facts;
  for (const ParamSpec& tensor : state.tensors) {
    if (!tensor.name.ends_with(kVariance)) continue;
    const std::string module = tensor.name.substr(0, tensor.name.size() - kVariance.size());
    const std::vector<float> variances = values.read(tensor.name);
    note_variances(tensor.name, variances, epsilon_of(tensor.name, network), facts);
    const std::size_t dead = dead_channels(module, variances, values);
    if (dead > 0 && 2 * dead >= variances.size())
      facts.dead.push_back({module, dead, variances.size(), {}});
  }
  find_outputs(network, facts.dead);
  std::ranges::stable_sort(facts.dead, {},
                           [](const DeadNorm& norm) { return norm.outputs.empty(); });
  return facts;
}

}  // namespace effgate
