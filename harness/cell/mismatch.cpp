#include "harness/cell/mismatch.h"

#include <algorithm>
#include <string_view>

#include "harness/base/text.h"
#include "harness/layout/head_counts.h"

namespace effgate {
namespace {

constexpr std::size_t kExamples = 3;

// What shows without looking for an explanation. A cell may ask for another number of classes than
// its model's, of which `explain` does not know.
std::string_view reason_of(const Comparison& comparison, const StoredState& state,
                           const ModelConfig& model) {
  const bool all_there = comparison.missing.empty() && comparison.not_tensors.empty();
  if (!all_there) return "keys.missing";
  if (!comparison.unexpected.empty())
    return comparison.mismatched.empty() ? "keys.unexpected" : "keys.missing";
  const HeadCounts counts = head_counts(state.tensors);
  if (counts.anchors && *counts.anchors != model.anchors_per_cell()) return "arch.anchor_count";
  if (counts.classes && *counts.classes != model.num_classes) return "arch.class_count";
  return "keys.missing";  // as good as missing
}

std::string dims_text(const std::vector<std::int64_t>& dims) {
  std::vector<std::string> parts;
  for (const std::int64_t dim : dims) parts.push_back(std::to_string(dim));
  return "[" + join(parts, ",") + "]";
}

void add_examples(const std::string& kind, const std::vector<std::string>& keys,
                  std::vector<std::string>& examples) {
  for (std::size_t i = 0; i < std::min(kExamples, keys.size()); ++i) {
    examples.push_back(kind + " " + printable_utf8(keys[i]));
  }
}

std::vector<std::string> mismatch_texts(const Comparison& comparison) {
  std::vector<std::string> texts;
  for (const ShapeMismatch& each : comparison.mismatched) {
    texts.push_back(each.key + " " + dims_text(each.file) + ", not " + dims_text(each.model));
  }
  for (const std::string& key : comparison.not_tensors)
    texts.push_back(key + ", which is no tensor");
  return texts;
}

}  // namespace

EndRecord mismatch_ending(const Comparison& comparison, const StoredState& state,
                          const ModelConfig& model, const std::vector<std::string>& fitting) {
  std::string message = summary(comparison);
  if (!fitting.empty()) message += "; the checkpoint fits " + join(fitting, " and ");
  return {"load_mismatch", std::string(reason_of(comparison, state, model)), message, 0};
}

void record_comparison(const Comparison& comparison, LoadRecord& record) {
  record.missing = static_cast<std::int64_t>(comparison.missing.size());
  record.unexpected = static_cast<std::int64_t>(comparison.unexpected.size());
  record.mismatched =
      static_cast<std::int64_t>(comparison.mismatched.size() + comparison.not_tensors.size());
  record.examples.clear();
  add_examples("missing", comparison.missing, record.examples);
  add_examples("unexpected", comparison.unexpected, record.examples);
  add_examples("mismatched", mismatch_texts(comparison), record.examples);
}

}  // namespace effgate
