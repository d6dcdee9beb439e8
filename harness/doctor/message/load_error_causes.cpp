#include "harness/doctor/message/load_error_causes.h"

#include <algorithm>
#include <set>

#include "harness/doctor/message/key_causes.h"
#include "harness/doctor/message/load_error_reading.h"
#include "harness/doctor/message/network_causes.h"

namespace effgate {
namespace {

// The namings but effdet's that any key speaks of, or the model.
std::vector<Layout> other_layouts_in(const LoadError& error, const std::string& model) {
  std::set<Layout> found;
  const auto look_at = [&](const std::string& name) {
    for (const Layout layout : other_layouts_of(name)) found.insert(layout);
  };
  std::ranges::for_each(error.missing.keys, look_at);
  std::ranges::for_each(error.unexpected.keys, look_at);
  std::ranges::for_each(error.mismatched, look_at, &ShapeMismatch::key);
  look_at(model);
  return {found.begin(), found.end()};
}

bool has_structure(const LoadEvidence& evidence) {
  return !evidence.missing.keys.empty() || !evidence.unexpected.keys.empty() ||
         !evidence.mismatched.shapes.empty();
}

// Whether any name in the message is one of a network of the catalogue.
bool knows_any(const LoadEvidence& evidence, const Spellings& spellings) {
  const auto known = [&](const std::string& key) { return spellings.find_name(key).has_value(); };
  return std::ranges::any_of(evidence.missing.keys, known) ||
         std::ranges::any_of(evidence.unexpected.keys, known) ||
         std::ranges::any_of(evidence.mismatched.shapes, known, &ShapeMismatch::key);
}

std::vector<ModelCandidate> candidates_of(const PairReading& pairs) {
  constexpr std::size_t kMostCandidates = 8;
  std::vector<ModelCandidate> candidates;
  for (const Spelling* spelling : pairs.files) {
    if (candidates.size() == kMostCandidates) break;
    candidates.push_back({spelling->name(), 1.0});
  }
  return candidates;
}

class LoadErrorDiagnosis {
 public:
  explicit LoadErrorDiagnosis(LoadErrorReading reading) : reading_(reading) {}

  Diagnosis diagnose() && {
    describe();
    add(batches_tracked_cause(reading_));
    add(inner_wrapper_cause(reading_));
    if (has_structure(reading_.evidence)) add_causes_of_structure();
    sort_causes(diagnosis_.causes);
    return std::move(diagnosis_);
  }

 private:
  void describe() {
    diagnosis_.loads = false;
    diagnosis_.target = reading_.model;
    diagnosis_.missing = reading_.error.missing.keys;
    diagnosis_.unexpected = reading_.error.unexpected.keys;
    diagnosis_.mismatched = reading_.error.mismatched;
  }

  void add_causes_of_structure() {
    add(prefix_cause(reading_));
    add(count_causes(reading_));
    if (auto nested = nested_cause(reading_)) return add(std::move(nested));
    if (!knows_any(reading_.evidence, reading_.spellings))
      return add(unknown_network_causes(reading_));
    if (reading_.pairs.best.file == nullptr) return add(nothing_of_the_model_cause(reading_));
    add_causes_of_networks();
  }

  void add_causes_of_networks() {
    diagnosis_.candidates = candidates_of(reading_.pairs);
    const Spelling& file = *reading_.pairs.best.file;
    const Spelling& model = *reading_.pairs.best.model;
    const bool shared = share_a_network(reading_.pairs);
    // A prefix is enough for keys that are unexpected where none is known to be missing.
    const bool told = reading_.evidence.disjoint && reading_.evidence.missing.keys.empty();
    if (file.layout != model.layout && !told) add(implementation_cause(reading_));
    if (file.extent != Extent::whole && file.extent != model.extent) {
      if (!told) add(backbone_only_cause(reading_));
    } else if (!shared) {
      add(other_network_cause(reading_));
    } else if (file.altered != model.altered) {
      add(alteration_cause(reading_));
    }
    if (file.layout == model.layout && shared) add(left_over_causes(reading_));
  }

  void add(std::optional<Cause> cause) {
    if (cause) diagnosis_.causes.push_back(*std::move(cause));
  }
  void add(std::vector<Cause> causes) {
    std::ranges::move(causes, std::back_inserter(diagnosis_.causes));
  }

  const LoadErrorReading reading_;
  Diagnosis diagnosis_;
};

}  // namespace

Diagnosis diagnose_load_error(const LoadError& error, const NetworkIndex& networks,
                              const std::optional<std::string>& model) {
  const std::string target = model.value_or("");
  const Spellings spellings(networks, other_layouts_in(error, target));
  const LoadEvidence evidence = collect_evidence(error, spellings);
  PairReading pairs;
  if (has_structure(evidence)) pairs = read_network_pair(evidence, spellings, target);
  return LoadErrorDiagnosis({error, spellings, evidence, pairs, target}).diagnose();
}

}  // namespace effgate
