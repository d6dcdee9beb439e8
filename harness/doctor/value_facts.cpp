#include "harness/doctor/value_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "harness/checkpoint/values.h"
#include "harness/doctor/initial_weights.h"

namespace effgate {
namespace {

using std::string_view;

// Whether all bits of `exponent` are set in an element: infinity and NaN in IEEE formats.
template <typename Word>
bool has_nonfinite(std::span<const std::byte> data, Word exponent) {
  constexpr std::size_t kBlock = 1024;
  std::array<Word, kBlock> block;
  while (!data.empty()) {
    const std::size_t bytes = std::min(data.size(), sizeof(block));
    if (bytes < sizeof(block)) block.fill(0);
    std::memcpy(block.data(), data.data(), bytes);
    Word found = 0;
    for (std::size_t i = 0; i < kBlock; ++i)
      found |= static_cast<Word>((block[i] & exponent) == exponent);
    if (found != 0) return true;
    data = data.subspan(bytes);
  }
  return false;
}

bool has_nonfinite(DType dtype, std::span<const std::byte> data) {
  switch (dtype) {
    case DType::float64:
    case DType::complex128: return has_nonfinite<std::uint64_t>(data, 0x7FF0000000000000);
    case DType::float32:
    case DType::complex64: return has_nonfinite<std::uint32_t>(data, 0x7F800000);
    case DType::float16: return has_nonfinite<std::uint16_t>(data, 0x7C00);
    case DType::bfloat16: return has_nonfinite<std::uint16_t>(data, 0x7F80);
    case DType::float8_e4m3fn: return has_nonfinite<std::uint8_t>(data, 0x7F);
    case DType::float8_e5m2: return has_nonfinite<std::uint8_t>(data, 0x7C);
    default: return false;
  }
}

// What lies in the gaps of a strided tensor is not its own, so that only a copy tells; a hostile
// shape could make that as large as the file, or far larger.
bool has_nonfinite(const TensorEntry& tensor) {
  constexpr std::uint64_t kMostCopied = std::uint64_t{16} << 20;
  if (!has_nonfinite(tensor.dtype, tensor.data)) return false;
  const bool too_large = tensor.bytes > std::min(kMostCopied, 4 * tensor.data.size());
  if (tensor.contiguous || too_large) return true;
  return has_nonfinite(tensor.dtype, contiguous_bytes(tensor));
}

std::vector<std::string> nonfinite_tensors(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  std::uint64_t budget = 2 * checkpoint.file_bytes();  // tensors may share storage without end
  for (const TensorEntry& tensor : checkpoint.tensors()) {
    if (tensor.data.size() > budget) continue;
    budget -= tensor.data.size();
    if (has_nonfinite(tensor)) names.push_back(tensor.name);
  }
  return names;
}

// The tensors of the state by effdet's names, read as numbers.
class Values {
 public:
  Values(const Checkpoint& checkpoint, const Interpretation& interpretation)
      : checkpoint_(checkpoint), interpretation_(interpretation) {}

  // Whether there is such a tensor and every element is within `tolerance` of `value`.
  bool all_are(const std::string& name, float value, float tolerance = 0) const {
    const std::vector<float> values = read(name);
    return !values.empty() &&
           std::ranges::all_of(values, [&](float v) { return std::abs(v - value) <= tolerance; });
  }
  // Whether there is such a tensor and an element is less than `bound`.
  bool any_below(const std::string& name, float bound) const {
    return std::ranges::any_of(read(name), [&](float v) { return v < bound; });
  }
  bool has(const std::string& name) const { return entry(name) != nullptr; }

  // The moments of a convolution's first weights: each is as good a sample as any other. Of no
  // elements where they cannot be read.
  WeightMoments weight_moments(const ParamSpec& weight) const {
    constexpr std::uint64_t kMostElements = 2048;
    const TensorEntry* tensor = entry(weight.name);
    if (tensor == nullptr || !tensor->contiguous) return {};
    const std::uint64_t elements =
        std::min<std::uint64_t>(kMostElements, tensor->data.size() / size_of(tensor->dtype));
    TensorEntry first = *tensor;
    first.shape = {static_cast<std::int64_t>(elements)};
    first.strides = {1};
    first.bytes = elements * size_of(tensor->dtype);
    first.data = tensor->data.first(first.bytes);
    const auto values = to_doubles(first);
    if (!values.ok()) return {};
    return moments_of(weight.shape, *values);
  }

 private:
  const TensorEntry* entry(const std::string& name) const {
    return checkpoint_.find(interpretation_.stored_name(name));
  }
  // Only what is no longer than a bias; weights are sampled. Tensors may share storage, so that all
  // together may be without end.
  std::vector<float> read(const std::string& name) const {
    constexpr std::uint64_t kMostBytes = 1 << 20;
    const TensorEntry* tensor = entry(name);
    if (tensor == nullptr || !tensor->contiguous) return {};
    if (tensor->bytes > std::min(kMostBytes, budget_)) return {};
    budget_ -= tensor->bytes;
    auto values = to_floats(*tensor);
    return values.ok() ? *std::move(values) : std::vector<float>();
  }

  const Checkpoint& checkpoint_;
  const Interpretation& interpretation_;
  mutable std::uint64_t budget_ = std::uint64_t{128} << 20;  // bytes that may still be read
};

// What the batch norms of a part say.
struct NormFacts {
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

NormFacts norm_facts(string_view part, const StoredState& state, const Values& values) {
  constexpr string_view kMean = "running_mean";
  NormFacts facts;
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
  float tolerance;  // what storing it in 16 bits may change
};
constexpr std::array kFreshPredictors = {
    FreshPredictor{"class head", "class_net.predict.", -4.59511985F, 0.017F},
    FreshPredictor{"box head", "box_net.predict.", 0, 0},
};

std::string predictor_bias(string_view module, const StoredState& state) {
  for (const ParamSpec& tensor : state.tensors)
    if (tensor.name.starts_with(module) && tensor.name.ends_with(".bias")) return tensor.name;
  return "";
}

// Whether other biases were moved from the 0 that all start with: those of convolutions, or of
// batch norms in networks that have no others.
bool is_trained_elsewhere(const StoredState& state, const Values& values) {
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
bool has_initial_biases(string_view part, const StoredState& state, const Values& values) {
  constexpr string_view kWeight = "weight";
  const FreshPredictor& classes = kFreshPredictors[0];
  for (const ParamSpec& tensor : state.tensors) {
    const string_view name = tensor.name;
    if (part_of(name) != part) continue;
    if (name.ends_with(".bias")) {
      const bool prior = name.starts_with(classes.module);
      const float bias = prior ? classes.bias : 0, tolerance = prior ? classes.tolerance : 0;
      if (!values.all_are(tensor.name, bias, tolerance)) return false;
    } else if (name.ends_with(".weight") && tensor.shape.size() == 1) {
      const std::string norm(name.substr(0, name.size() - kWeight.size()));
      if (!values.has(norm + "running_mean")) continue;
      if (!values.all_are(tensor.name, 1) && !values.all_are(tensor.name, 0)) return false;
    }
  }
  return true;
}

InitialFit initial_fit(string_view part, const StoredState& state, const Values& values) {
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
                                            const Values& values) {
  std::vector<std::string> evidence;
  const NormFacts norms = norm_facts(part, state, values);
  if (norms.untrained())
    evidence.push_back(fmt::format(
        "all {} batch norms of the {} have running mean 0 and variance 1", norms.norms, part));
  if (!norms.untrained() && !has_initial_biases(part, state, values)) return evidence;
  const InitialFit fit = initial_fit(part, state, values);
  if (fit.initialiser != nullptr) evidence.push_back(text_of(fit, part));
  return evidence;
}

std::vector<UntrainedPart> untrained_parts(const StoredState& state, const Values& values) {
  std::vector<UntrainedPart> parts;
  for (const string_view part : kParts) {
    std::vector<std::string> evidence = untrained_evidence(part, state, values);
    if (!evidence.empty()) parts.push_back({part, false, std::move(evidence)});
  }
  for (const FreshPredictor& fresh : kFreshPredictors) {
    const std::string bias = predictor_bias(fresh.module, state);
    const bool told = std::ranges::any_of(
        parts, [&](const UntrainedPart& known) { return known.part == fresh.part; });
    if (bias.empty() || told || !values.all_are(bias, fresh.bias, fresh.tolerance)) continue;
    if (!is_trained_elsewhere(state, values)) continue;
    parts.push_back(
        {fresh.part, true, {fmt::format("every element of {} is {}", bias, fresh.bias)}});
  }
  return parts;
}

// Below the largest epsilon of any network, whose sum with a variance goes under a root.
std::vector<std::string> negative_variances(const StoredState& state,
                                            const Interpretation& interpretation,
                                            const Values& values) {
  constexpr float kLargestEpsilon = 1e-3F;
  std::vector<std::string> names;
  for (const ParamSpec& tensor : state.tensors)
    if (tensor.name.ends_with(".running_var") && values.any_below(tensor.name, -kLargestEpsilon))
      names.push_back(interpretation.stored_name(tensor.name));
  return names;
}

}  // namespace

string_view part_of(string_view name) {
  for (std::size_t i = 0; i < kParts.size(); ++i)
    if (name.starts_with(kPartPrefixes[i])) return kParts[i];
  return "";
}

ValueFacts value_facts(const Checkpoint& checkpoint, const Interpretation& interpretation) {
  const Values values(checkpoint, interpretation);
  return {nonfinite_tensors(checkpoint),
          negative_variances(interpretation.ours, interpretation, values),
          untrained_parts(interpretation.ours, values)};
}

}  // namespace effgate
