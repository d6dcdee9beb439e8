#include "harness/doctor/values/value_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include "harness/base/text.h"
#include "harness/doctor/values/initial_weights.h"
#include "harness/doctor/values/magnitude.h"
#include "harness/doctor/values/state_values.h"

namespace effgate {
namespace {

using std::string_view;

// What the batch norms of a part say.
struct PartNorms {
  std::size_t norms = 0;
  std::size_t fresh_statistics = 0;  // running mean 0 and variance 1
  std::size_t fresh_affine = 0;      // weight 1 and bias 0
  std::size_t zero_counters = 0;

  // Frozen norms keep such statistics in training too, but neither their weights nor counters.
  bool untrained() const {
    return norms > 0 && fresh_statistics == norms &&
           (fresh_affine == norms || zero_counters == norms);
  }
};

constexpr std::array<string_view, 4> kParts = {"backbone", "pyramid", "class head", "box head"};
constexpr std::array<string_view, 4> kPartPrefixes = {"backbone.", "fpn.", "class_net.",
                                                      "box_net."};

PartNorms norms_of(string_view part, const StoredState& state, const StateValues& values) {
  constexpr string_view kMean = "running_mean";
  PartNorms facts;
  for (const ParamSpec& tensor : state.tensors) {
    if (part_of(tensor.name) != part || !tensor.name.ends_with(kMean)) continue;
    const std::string norm = tensor.name.substr(0, tensor.name.size() - kMean.size());
    ++facts.norms;
    if (values.all_are(tensor.name, 0) && values.all_are(norm + "running_var", 1))
      ++facts.fresh_statistics;
    if (values.all_are(norm + "weight", 1) && values.all_are(norm + "bias", 0))
      ++facts.fresh_affine;
    if (values.all_are(norm + "num_batches_tracked", 0)) ++facts.zero_counters;
  }
  return facts;
}

// Every implementation starts the class predictor at a probability of 0.01 and the box predictor
// at 0, and training moves each element; a head that was given other classes starts there anew.
struct FreshPredictor {
  string_view part;
  string_view module;
  float bias;
};
constexpr std::array kFreshPredictors = {
    FreshPredictor{"class head", "class_net.predict.", -4.59511985F},
    FreshPredictor{"box head", "box_net.predict.", 0},
};

std::string predictor_bias(string_view module, const StoredState& state) {
  for (const ParamSpec& tensor : state.tensors)
    if (tensor.name.starts_with(module) && tensor.name.ends_with(".bias")) return tensor.name;
  return "";
}

// Whether other biases were moved from the 0 that all start with: those of convolutions, or of
// batch norms in networks that have no others.
bool is_trained_elsewhere(const StoredState& state, const StateValues& values) {
  bool convs_have_biases = false, norms_moved = false;
  for (const ParamSpec& tensor : state.tensors) {
    const string_view name = tensor.name;
    constexpr string_view kBias = "bias";
    if (!name.ends_with(".bias") || part_of(name).empty()) continue;
    if (name.find(".predict.") != string_view::npos) continue;
    const std::string module(name.substr(0, name.size() - kBias.size()));
    const bool of_norm = values.has(module + "running_mean");
    const bool moved = !values.all_are(tensor.name, 0);
    if (!of_norm && moved) return true;
    convs_have_biases = convs_have_biases || !of_norm;
    norms_moved = norms_moved || moved;
  }
  return !convs_have_biases && norms_moved;
}

// Whether the biases of a part, and the weights of its norms, are those of its constructor, which
// starts the norm at the end of a residual block at 0. A first step of training moves them.
bool has_initial_biases(string_view part, const StoredState& state, const StateValues& values) {
  constexpr string_view kWeight = "weight";
  const FreshPredictor& classes = kFreshPredictors[0];
  for (const ParamSpec& tensor : state.tensors) {
    const string_view name = tensor.name;
    if (part_of(name) != part) continue;
    if (name.ends_with(".bias")) {
      const bool prior = name.starts_with(classes.module);
      if (!values.all_are_stored(tensor.name, prior ? classes.bias : 0)) return false;
    } else if (name.ends_with(".weight") && tensor.shape.size() == 1) {
      const std::string norm(name.substr(0, name.size() - kWeight.size()));
      if (!values.has(norm + "running_mean")) continue;
      if (!values.all_are(tensor.name, 1) && !values.all_are(tensor.name, 0)) return false;
    }
  }
  return true;
}

InitialFit initial_fit(string_view part, const StoredState& state, const StateValues& values) {
  std::vector<WeightMoments> weights;
  for (const ParamSpec& tensor : state.tensors)
    if (part_of(tensor.name) == part && tensor.name.ends_with(".weight") &&
        tensor.shape.size() == 4)
      weights.push_back(values.weight_moments(tensor));
  return fit_initialiser(weights);
}

std::string text_of(const InitialFit& fit, string_view part) {
  return fmt::format(
      "the {} convolutions of the {} hold {} numbers of variance {}, as an initialiser draws them "
      "(deviation {:.3f} of that, kurtosis {:.2f})",
      fit.tensors, part, fit.initialiser->distribution, fit.initialiser->variance_text,
      fit.deviation, fit.kurtosis);
}

// Norms tell as long as no batch has passed; later the biases and weights do, and only together:
// one alone may be frozen, or drawn anew for a healthy reason.
std::vector<std::string> untrained_evidence(string_view part, const StoredState& state,
                                            const StateValues& values) {
  std::vector<std::string> evidence;
  const PartNorms norms = norms_of(part, state, values);
  if (norms.untrained())
    evidence.push_back(fmt::format(
        "all {} batch norms of the {} have running mean 0 and variance 1", norms.norms, part));
  if (!norms.untrained() && !has_initial_biases(part, state, values)) return evidence;
  const InitialFit fit = initial_fit(part, state, values);
  if (fit.initialiser != nullptr) evidence.push_back(text_of(fit, part));
  return evidence;
}

std::vector<UntrainedPart> untrained_parts(const StoredState& state, const StateValues& values) {
  std::vector<UntrainedPart> parts;
  for (const string_view part : kParts) {
    std::vector<std::string> evidence = untrained_evidence(part, state, values);
    if (!evidence.empty()) parts.push_back({part, false, std::move(evidence)});
  }
  for (const FreshPredictor& fresh : kFreshPredictors) {
    const std::string bias = predictor_bias(fresh.module, state);
    const bool told = std::ranges::any_of(
        parts, [&](const UntrainedPart& known) { return known.part == fresh.part; });
    if (bias.empty() || told || !values.all_are_stored(bias, fresh.bias)) continue;
    if (!is_trained_elsewhere(state, values)) continue;
    parts.push_back(
        {fresh.part, true, {fmt::format("every element of {} is {}", bias, fresh.bias)}});
  }
  return parts;
}

// What float16 can hold. No training leaves weights that large (those of published networks stay
// below 100), or activations, whose variance is their square.
constexpr double kLargestHalf = 65504;

// "backbone.bn1.weight reaches 1e+06"
std::string large_text(const std::string& name, double magnitude) {
  return fmt::format("{} reaches {}", name, rounded_text(magnitude, 3));
}

struct Magnitude {
  std::string name;  // as the file names it
  double value = 0;
};

// Tensors that hold what is not finite; and those that hold larger numbers than float16 does.
void scan_magnitudes(const Checkpoint& checkpoint, ValueFacts& facts,
                     std::vector<Magnitude>& large) {
  std::uint64_t budget = 2 * checkpoint.file_bytes();  // tensors may share storage without end
  for (const TensorEntry& tensor : checkpoint.tensors()) {
    if (tensor.data.size() > budget) continue;
    budget -= tensor.data.size();
    const double magnitude = largest_magnitude(tensor);
    if (std::isinf(magnitude)) {
      facts.nonfinite.push_back(tensor.name);
    } else if (magnitude > kLargestHalf) {
      large.push_back({tensor.name, magnitude});
    }
  }
}

// Of the network's own tensors: what a profiler counts may be as large as it likes.
void sort_large(const std::vector<Magnitude>& large, const Interpretation& interpretation,
                ValueFacts& facts) {
  if (large.empty()) return;
  const std::vector<std::string>& unexpected = interpretation.reading.remaining.unexpected;
  std::unordered_map<string_view, string_view> ours;
  for (const auto& [name, stored] : interpretation.stored_names)
    if (std::ranges::find(unexpected, name) == unexpected.end()) ours.emplace(stored, name);
  for (const Magnitude& tensor : large) {
    const auto found = ours.find(tensor.name);
    if (found == ours.end() || part_of(found->second).empty()) continue;
    const bool variance = found->second.ends_with(".running_var");
    const bool exploded = !variance || tensor.value > kLargestHalf * kLargestHalf;
    (exploded ? facts.exploded : facts.beyond_half)
        .push_back(large_text(tensor.name, tensor.value));
  }
}

}  // namespace

string_view part_of(string_view name) {
  for (std::size_t i = 0; i < kParts.size(); ++i)
    if (name.starts_with(kPartPrefixes[i])) return kParts[i];
  return "";
}

ValueFacts value_facts(const Checkpoint& checkpoint, const Interpretation& interpretation,
                       const ModelConfig& network) {
  const StateValues values(checkpoint, interpretation);
  ValueFacts facts;
  std::vector<Magnitude> large;
  scan_magnitudes(checkpoint, facts, large);
  sort_large(large, interpretation, facts);
  if (interpretation.reading.network != nullptr)
    facts.norms = norm_facts(interpretation.ours, values, network);
  facts.untrained = untrained_parts(interpretation.ours, values);
  return facts;
}

}  // namespace effgate
