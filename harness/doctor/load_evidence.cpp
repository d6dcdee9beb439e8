#include "harness/doctor/load_evidence.h"

#include <algorithm>

#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;
using Names = std::vector<std::string>;

class EvidenceCollector {
 public:
  EvidenceCollector(const LoadError& error, const Spellings& spellings)
      : error_(error), spellings_(spellings) {}

  LoadEvidence collect() && {
    read_prefixes();
    collect_evidence();
    return std::move(evidence_);
  }

 private:
  Names mismatched_names() const {
    Names names;
    for (const ShapeMismatch& mismatch : error_.mismatched) names.push_back(mismatch.key);
    return names;
  }

  // Keys that both have carry the prefix of both; else missing keys have the model's and unexpected
  // ones the file's.
  void read_prefixes() {
    const Names of_missing = wrapper_prefixes(error_.missing.keys);
    const Names of_unexpected = wrapper_prefixes(error_.unexpected.keys);
    if (!error_.mismatched.empty()) {
      evidence_.file_prefix = evidence_.model_prefix = wrapper_prefixes(mismatched_names());
    } else if (error_.missing.keys.empty()) {
      evidence_.file_prefix = of_unexpected;
      const bool bench = error_.module.starts_with("DetBench") && of_unexpected == Names{"model."};
      if (error_.missing.complete || bench) evidence_.model_prefix = evidence_.file_prefix;
    } else {
      evidence_.model_prefix = of_missing;
      evidence_.file_prefix =
          says_its_prefix(of_unexpected) ? of_unexpected : evidence_.model_prefix;
    }
  }

  // Whether the unexpected keys are names of a network behind their prefix.
  bool says_its_prefix(const Names& prefixes) const {
    if (!prefixes.empty()) return true;
    return std::ranges::any_of(error_.unexpected.keys, [&](const std::string& key) {
      return spellings_.find_name(key).has_value();
    });
  }

  KeyEvidence evidence_of(const KeyList& list, const Names& prefixes, Names& counters) const {
    KeyEvidence evidence;
    evidence.complete = list.complete;
    for (std::size_t i = 0; i < list.keys.size(); ++i) {
      const string_view key = without_prefixes(list.keys[i], prefixes);
      const bool of_bench = evidence_.disjoint && list.keys[i].ends_with("anchors.boxes");
      if (is_batch_counter(key)) {
        counters.emplace_back(key);
      } else if (!of_bench) {
        evidence.keys.emplace_back(key);
      }
      if (i < list.leading) evidence.leading = evidence.keys.size();
    }
    return evidence;
  }

  void collect_evidence() {
    evidence_.disjoint = evidence_.file_prefix != evidence_.model_prefix;
    evidence_.missing =
        evidence_of(error_.missing, evidence_.model_prefix, evidence_.missing_counters);
    evidence_.unexpected =
        evidence_of(error_.unexpected, evidence_.file_prefix, evidence_.unexpected_counters);
    // A text that was cut between two lines of shapes looks whole.
    evidence_.mismatched.none = error_.mismatched.empty() && error_.mismatches_complete;
    evidence_.mismatched.leading = error_.mismatches_leading;
    for (ShapeMismatch mismatch : error_.mismatched) {
      mismatch.key = without_prefixes(mismatch.key, evidence_.model_prefix);
      evidence_.mismatched.shapes.push_back(std::move(mismatch));
    }
  }

  const LoadError& error_;
  const Spellings& spellings_;
  LoadEvidence evidence_;
};

}  // namespace

LoadEvidence collect_evidence(const LoadError& error, const Spellings& spellings) {
  return EvidenceCollector(error, spellings).collect();
}

}  // namespace effgate
