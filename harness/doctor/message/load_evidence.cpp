#include "harness/doctor/message/load_evidence.h"

#include <algorithm>
#include <unordered_set>

#include "harness/layout/inner_wrappers.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;
using Names = std::vector<std::string>;

using NameSet = std::unordered_set<std::string>;

std::string without_digits(string_view text) {
  std::string rest(text);
  std::erase_if(rest, [](char c) { return c >= '0' && c <= '9'; });
  return rest;
}

// The parts of a network that are wrapped: those of one kind ("backbone.blocks.0.0.") all or none.
class WrappedParts {
 public:
  // Those that the names show; gives the wrappers, each once.
  Names add(const Names& names, const Names& prefixes) {
    Names wrappers;
    for (const std::string& name : names) {
      const string_view bare = without_prefixes(name, prefixes);
      for (const string_view wrapper : inner_wrappers(bare)) {
        parts_.insert(without_digits(
            without_inner_wrappers(bare.substr(0, bare.find("." + std::string(wrapper)) + 1))));
        if (std::ranges::find(wrappers, wrapper) == wrappers.end()) wrappers.emplace_back(wrapper);
      }
    }
    return wrappers;
  }
  bool hold(string_view name) const {
    for (std::size_t dot = name.find('.'); dot != string_view::npos; dot = name.find('.', dot + 1))
      if (parts_.contains(without_digits(name.substr(0, dot + 1)))) return true;
    return false;
  }

 private:
  NameSet parts_;
};

class EvidenceCollector {
 public:
  EvidenceCollector(const LoadError& error, const Spellings& spellings)
      : error_(error), spellings_(spellings) {}

  LoadEvidence collect() && {
    read_prefixes();
    collect_evidence();
    cancel_wrapped_names();
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
      std::string key = without_inner_wrappers(without_prefixes(list.keys[i], prefixes));
      const bool of_bench = evidence_.disjoint && list.keys[i].ends_with("anchors.boxes");
      if (is_batch_counter(key)) {
        counters.push_back(std::move(key));
      } else if (!of_bench) {
        evidence.keys.push_back(std::move(key));
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
      mismatch.key = without_inner_wrappers(without_prefixes(mismatch.key, evidence_.model_prefix));
      evidence_.mismatched.shapes.push_back(std::move(mismatch));
    }
  }

  // A name below a part that one side wraps is in both lists, as far as they are shown: bare in one
  // of them. Shapes below it nobody compares.
  void cancel_wrapped_names() {
    WrappedParts parts;
    evidence_.file_inner = parts.add(error_.unexpected.keys, evidence_.file_prefix);
    evidence_.model_inner = parts.add(error_.missing.keys, evidence_.model_prefix);
    if (evidence_.disjoint || evidence_.file_inner == evidence_.model_inner) return;
    KeyEvidence &missing = evidence_.missing, &unexpected = evidence_.unexpected;
    const NameSet of_missing(missing.keys.begin(), missing.keys.end());
    const NameSet of_unexpected(unexpected.keys.begin(), unexpected.keys.end());
    const auto cancel = [&](Names& names, const NameSet& others, bool others_complete) {
      std::erase_if(names, [&](const std::string& name) {
        return parts.hold(name) && (!others_complete || others.contains(name));
      });
    };
    cancel(missing.keys, of_unexpected, unexpected.complete);
    cancel(unexpected.keys, of_missing, missing.complete);
    cancel(evidence_.missing_counters, {}, false);  // the other list may lack them
    cancel(evidence_.unexpected_counters, {}, false);
    missing.leading = unexpected.leading = evidence_.mismatched.leading = 0;
    evidence_.mismatched.none = false;
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
