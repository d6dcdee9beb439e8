#include "harness/layout/candidates.h"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"
#include "harness/layout/network_fit.h"
#include "harness/layout/network_index.h"
#include "harness/layout/own_schema.h"

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

// Which channels a head's predictor has, and which the catalogue's.
struct PredictorOutputs {
  string_view head;
  std::int64_t own = 0;
  std::int64_t wanted = 0;
};

// The state with predictors as large as those of `model`, so that only the rest is compared. The
// depthwise half of a separable predictor does not depend on its outputs.
StoredState with_outputs_of(const ModelConfig& model, const HeadCounts& counts, StoredState state) {
  const std::int64_t anchors = model.anchors_per_cell();
  const std::int64_t own_anchors = counts.anchors.value_or(anchors);
  const PredictorOutputs predictors[] = {
      {"class_net.predict.", counts.classes.value_or(0) * own_anchors, anchors * model.num_classes},
      {"box_net.predict.", own_anchors * 4, anchors * 4}};
  for (ParamSpec& tensor : state.tensors) {
    for (const PredictorOutputs& outputs : predictors) {
      const bool sized_by_outputs = tensor.name.starts_with(outputs.head) &&
                                    tensor.name.find(".conv_dw.") == std::string::npos;
      if (sized_by_outputs && !tensor.shape.empty() && tensor.shape[0] == outputs.own)
        tensor.shape[0] = outputs.wanted;
    }
  }
  return state;
}

// `resized` has predictors of the catalogue's anchors and classes, which are the same everywhere.
// What names once meant is for files that load into it.
std::vector<Fit> fits_by_index(const StoredState& resized) {
  std::vector<Fit> fits;
  for (const RankedNetwork& entry : NetworkIndex::instance().ranked(resized.tensors)) {
    Fit fit{entry.network, entry.agreement, false};
    if (entry.shared == resized.tensors.size())
      fit.loads = compare_strictly(resized, entry.network->schema).loads();
    if (fit.loads || !entry.network->is_of_the_past()) fits.push_back(fit);
  }
  return fits;
}

// The name of the network that the layout's own implementation makes of effdet's; nullopt where it
// makes none of its own.
std::optional<std::string> own_name(Layout layout, const std::string& name) {
  const auto own = resolve_model_name(std::string(to_string(layout)) + ':' + name);
  return own.ok() ? std::optional(*own) : std::nullopt;
}

bool has_own_networks(Layout layout) { return layout == Layout::zylo || layout == Layout::mmdet; }

// Also what the implementation's network never reads must be there.
bool loads_into_its_own(const NetworkFit& read, const StoredState& state) {
  const auto name = own_name(read.layout, read.model);
  if (!name) return true;
  ModelOverrides counts;
  counts.num_classes = read.config.num_classes;
  counts.num_scales = read.config.num_scales;
  counts.aspect_ratios = read.config.aspect_ratios;
  return compare_strictly(state, own_schema(*find_model(*name), counts)).loads();
}

// Of a backbone's layout, the whole network counts all the same: it would not load.
Fit fit_of(const NetworkFit& read, const StoredState& state, const Network& network) {
  const bool backbone = is_of_backbone(read.layout);
  const std::size_t both = read.matched + read.mismatched.size();
  const std::size_t file = both + read.unexpected.size();
  const std::size_t model = backbone ? network.schema.size() : both + read.missing.size();
  Fit fit{&network, 2.0 * static_cast<double>(read.matched) / static_cast<double>(file + model)};
  fit.loads =
      read.faults() == 0 && state.others.empty() && !backbone && loads_into_its_own(read, state);
  return fit;
}

// Nothing where the file has no heads, or not their predictors.
HeadCounts counts_of(const NetworkFit& read) {
  const bool lacks_predictors = std::ranges::any_of(read.missing, [](const std::string& name) {
    return name.find("_net.predict.") != std::string::npos;
  });
  if (is_of_backbone(read.layout) || lacks_predictors) return {};
  return {read.config.num_classes, read.config.anchors_per_cell()};
}

// Each network that the layout has names for, best first; `counts` become those of the best.
std::vector<Fit> fits_by_translation(const StoredState& state, Layout layout,
                                     std::span<const std::string> covered, HeadCounts& counts) {
  std::vector<Fit> fits;
  double best = -1;
  for (const Network& network : NetworkIndex::instance().all()) {
    if (std::ranges::find(covered, network.config.name) == covered.end()) continue;
    const auto read = fit_network(state.tensors, network.config.name, layout);
    if (!read.ok()) continue;
    fits.push_back(fit_of(*read, state, network));
    if (fits.back().agreement <= best) continue;
    best = fits.back().agreement;
    counts = counts_of(*read);
  }
  std::ranges::stable_sort(fits, std::greater(), &Fit::agreement);
  return fits;
}

// What the layout calls the networks of the fit's schema: of effdet's, for which nothing needs to
// be covered, all names, and those of the past for what loads.
std::vector<std::string> listed_names(const Fit& fit, Layout layout,
                                      std::span<const std::string> covered) {
  std::vector<std::string> names;
  for (const std::string& name : fit.network->names) {
    if (!fit.loads && undated(name) != name) continue;
    if (!covered.empty() && std::ranges::find(covered, name) == covered.end()) continue;
    const auto own = has_own_networks(layout) ? own_name(layout, name) : name;
    if (own) names.push_back(*own);
  }
  return names;
}

// Those that load; where nothing does, the nearest few.
std::vector<Fit> the_best(std::vector<Fit> fits, bool any_loads) {
  std::erase_if(
      fits, [&](const Fit& fit) { return any_loads ? !fit.loads : fit.agreement < kLeastScore; });
  if (!any_loads && fits.size() > kMostNearNetworks) fits.resize(kMostNearNetworks);
  return fits;
}

}  // namespace

CandidateList model_candidates(StoredState state, Layout layout) {
  CandidateList list;
  if (state.tensors.empty()) return list;
  const bool by_index = layout == Layout::effdet || layout == Layout::unknown;
  const auto covered = by_index ? std::vector<std::string>() : covered_models(layout);
  std::vector<Fit> fits;
  if (by_index) {
    list.counts = head_counts(state.tensors);
    const ModelConfig& catalogue = NetworkIndex::instance().all().front().config;
    const StoredState resized = with_outputs_of(catalogue, list.counts, std::move(state));
    fits = fits_by_index(resized);
  } else {
    fits = fits_by_translation(state, layout, covered, list.counts);
  }
  const bool any_loads = std::ranges::any_of(fits, &Fit::loads);
  for (const Fit& fit : the_best(std::move(fits), any_loads)) {
    const double score = fit.loads ? 1 : std::min(fit.agreement, kNotQuite);
    for (const std::string& name : listed_names(fit, layout, covered))
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
