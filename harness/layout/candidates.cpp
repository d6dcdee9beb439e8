#include "harness/layout/candidates.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "harness/layout/network_fit.h"
#include "harness/layout/network_index.h"

namespace effgate {
namespace {

using std::string_view;

constexpr std::size_t kMostNearNetworks = 5;
constexpr double kLeastScore = 0.25;
constexpr double kNotQuite = 0.9999;  // what agrees in all its tensors and still does not load

// A state under effdet's names, and how well it agrees with one network.
struct Fit {
  const Network* network = nullptr;
  double agreement = 0;
  bool loads = false;
};

std::int64_t outputs_of(std::span<const ParamSpec> tensors, string_view head) {
  for (const ParamSpec& tensor : tensors) {
    const string_view name = tensor.name;
    if (name.starts_with(head) && name.ends_with(".bias") && tensor.shape.size() == 1)
      return std::max<std::int64_t>(tensor.shape[0], 0);
  }
  return 0;
}

// The tensors with predictors as large as those of `model`, so that only the rest is compared.
// The depthwise half of a separable predictor does not depend on its outputs.
StoredState with_outputs_of(const ModelConfig& model, StoredState state) {
  struct Head {
    string_view prefix;
    std::int64_t own, wanted;
  };
  const std::int64_t anchors = model.anchors_per_cell();
  const Head heads[] = {
      {"class_net.predict.", outputs_of(state.tensors, "class_net.predict."),
       anchors * model.num_classes},
      {"box_net.predict.", outputs_of(state.tensors, "box_net.predict."), anchors * 4}};
  for (ParamSpec& tensor : state.tensors) {
    for (const Head& head : heads) {
      const bool resized = tensor.name.starts_with(head.prefix) &&
                           tensor.name.find(".conv_dw.") == std::string::npos;
      if (resized && !tensor.shape.empty() && tensor.shape[0] == head.own)
        tensor.shape[0] = head.wanted;
    }
  }
  return state;
}

// Every catalogue entry has the same anchors and classes, so one resizing serves all.
std::vector<Fit> fits_by_index(const StoredState& state) {
  const NetworkIndex& index = NetworkIndex::instance();
  const StoredState resized = with_outputs_of(index.all().front().config, state);
  std::vector<Fit> fits;
  for (const RankedNetwork& entry : index.ranked(resized.tensors)) {
    Fit fit{entry.network, entry.agreement, false};
    if (entry.shared == resized.tensors.size())
      fit.loads = compare_strictly(resized, entry.network->schema).loads();
    fits.push_back(fit);
  }
  return fits;
}

// Of a backbone's layout, the whole network counts all the same: it would not load.
Fit fit_of(const NetworkFit& read, const StoredState& state, const Network& network) {
  const bool backbone = is_of_backbone(read.layout);
  const std::size_t both = read.matched + read.mismatched.size();
  const std::size_t file = both + read.unexpected.size();
  const std::size_t model = backbone ? network.schema.size() : both + read.missing.size();
  Fit fit{&network, 2.0 * static_cast<double>(read.matched) / static_cast<double>(file + model)};
  fit.loads = read.faults() == 0 && state.others.empty() && !backbone;
  return fit;
}

// Each network that the layout has names for, best first; the counts are those of the best.
std::vector<Fit> fits_by_translation(const StoredState& state, Layout layout,
                                     std::span<const std::string> covered, HeadCounts& counts) {
  std::vector<Fit> fits;
  for (const Network& network : NetworkIndex::instance().all()) {
    if (std::ranges::find(covered, network.config.name) == covered.end()) continue;
    const auto read = fit_network(state.tensors, network.config.name, layout);
    if (!read.ok()) continue;
    fits.push_back(fit_of(*read, state, network));
    const bool best =
        fits.back().agreement >= std::ranges::max(fits, {}, &Fit::agreement).agreement;
    if (!best || is_of_backbone(layout)) continue;
    counts.classes = read->config.num_classes;
    counts.anchors = read->config.anchors_per_cell();
  }
  std::ranges::stable_sort(fits, std::greater(), &Fit::agreement);
  return fits;
}

std::vector<std::string> listed_names(const Network& network, Layout layout,
                                      std::span<const std::string> covered) {
  if (layout == Layout::effdet || layout == Layout::unknown) return network.names;
  std::vector<std::string> names;
  for (const std::string& name : network.names)
    if (std::ranges::find(covered, name) != covered.end()) names.push_back(name);
  return names;
}

}  // namespace

CandidateList model_candidates(const StoredState& state, Layout layout) {
  CandidateList list;
  if (state.tensors.empty()) return list;
  const bool by_index = layout == Layout::effdet || layout == Layout::unknown;
  const std::vector<std::string> covered =
      by_index ? std::vector<std::string>() : covered_models(layout);
  std::vector<Fit> fits =
      by_index ? fits_by_index(state) : fits_by_translation(state, layout, covered, list.counts);
  if (by_index) list.counts = head_counts(state.tensors);
  const bool any_loads = std::ranges::any_of(fits, &Fit::loads);
  std::erase_if(
      fits, [&](const Fit& fit) { return any_loads ? !fit.loads : fit.agreement < kLeastScore; });
  if (!any_loads && fits.size() > kMostNearNetworks) fits.resize(kMostNearNetworks);
  for (const Fit& fit : fits) {
    const double score = fit.loads ? 1 : std::min(fit.agreement, kNotQuite);
    for (const std::string& name : listed_names(*fit.network, layout, covered))
      list.models.push_back({name, score});
  }
  return list;
}

std::vector<std::string> fitting_models(std::span<const ModelCandidate> candidates) {
  std::vector<std::string> names;
  for (const ModelCandidate& candidate : candidates)
    if (candidate.score == 1) names.push_back(candidate.model);
  return names;
}

}  // namespace effgate
