#include "harness/doctor/value_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "harness/checkpoint/values.h"

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
// shape could make that far larger than the file.
bool has_nonfinite(const TensorEntry& tensor) {
  if (!has_nonfinite(tensor.dtype, tensor.data)) return false;
  if (tensor.contiguous || tensor.bytes > 4 * tensor.data.size()) return true;
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
  bool has(const std::string& name) const { return entry(name) != nullptr; }

 private:
  const TensorEntry* entry(const std::string& name) const {
    return checkpoint_.find(interpretation_.stored_name(name));
  }
  // Only what is no longer than a bias: weights tell nothing that these do not.
  std::vector<float> read(const std::string& name) const {
    constexpr std::uint64_t kMostBytes = 1 << 20;
    const TensorEntry* tensor = entry(name);
    if (tensor == nullptr || !tensor->contiguous || tensor->bytes > kMostBytes) return {};
    auto values = to_floats(*tensor);
    return values.ok() ? *std::move(values) : std::vector<float>();
  }

  const Checkpoint& checkpoint_;
  const Interpretation& interpretation_;
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

std::vector<UntrainedPart> untrained_parts(const StoredState& state, const Values& values) {
  std::vector<UntrainedPart> parts;
  for (const string_view part : kParts) {
    const NormFacts facts = norm_facts(part, state, values);
    if (!facts.untrained()) continue;
    parts.push_back({part,
                     false,
                     {fmt::format("all {} batch norms of the {} have running mean 0 and variance 1",
                                  facts.norms, part)}});
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

}  // namespace

string_view part_of(string_view name) {
  for (std::size_t i = 0; i < kParts.size(); ++i)
    if (name.starts_with(kPartPrefixes[i])) return kParts[i];
  return "";
}

ValueFacts value_facts(const Checkpoint& checkpoint, const Interpretation& interpretation) {
  const Values values(checkpoint, interpretation);
  return {nonfinite_tensors(checkpoint), untrained_parts(interpretation.ours, values)};
}

}  // namespace effgate
