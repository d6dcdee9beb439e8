#include "harness/cell/mismatch.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>

#include "harness/base/text.h"
#include "harness/graph/history.h"
#include "harness/layout/naming.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

constexpr std::size_t kExamples = 3;

struct Mismatch {
  const Comparison& comparison;
  const StoredState& state;
  const std::string& model;
  const std::vector<std::string>& fitting;
};

std::vector<std::string> names_of(const StoredState& state) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : state.tensors) names.push_back(tensor.name);
  return names;
}

bool has_prefix(const Mismatch& mismatch) {
  return !wrapper_prefixes(names_of(mismatch.state)).empty();
}

bool is_another_implementations(const Mismatch& mismatch) {
  const Layout file = recognise(names_of(mismatch.state)).layout;
  const Layout model = recognise(mismatch.comparison.missing).layout;
  return file != Layout::unknown && model != Layout::unknown && file != model;
}

bool fits_the_same_name_of_another_time(const Mismatch& mismatch) {
  return std::any_of(
      mismatch.fitting.begin(), mismatch.fitting.end(),
      [&](const std::string& other) { return undated(other) == undated(mismatch.model); });
}

bool fits_another_model(const Mismatch& mismatch) { return !mismatch.fitting.empty(); }

// What the implementations call the last convolutions of the heads.
constexpr std::string_view kBoxPredictors[] = {"box_net.predict.", "regressor.header.",
                                               "bbox_head.reg_header."};
constexpr std::string_view kClassPredictors[] = {"class_net.predict.", "classifier.header.",
                                                 "bbox_head.cls_header."};

bool only_predictors_differ(const Mismatch& mismatch, std::span<const std::string_view> heads) {
  const Comparison& comparison = mismatch.comparison;
  const auto of_a_head = [&](const ShapeMismatch& each) {
    return std::any_of(heads.begin(), heads.end(),
                       [&](std::string_view head) { return each.key.starts_with(head); });
  };
  return comparison.missing.empty() && comparison.unexpected.empty() &&
         std::any_of(comparison.mismatched.begin(), comparison.mismatched.end(), of_a_head);
}

bool has_other_anchors(const Mismatch& mismatch) {
  return only_predictors_differ(mismatch, kBoxPredictors);
}

bool has_other_classes(const Mismatch& mismatch) {
  return only_predictors_differ(mismatch, kClassPredictors);
}

bool lacks_only_counters(const Mismatch& mismatch) {
  const std::vector<std::string>& missing = mismatch.comparison.missing;
  return !missing.empty() && mismatch.comparison.unexpected.empty() &&
         mismatch.comparison.mismatched.empty() &&
         std::all_of(missing.begin(), missing.end(), [](const std::string& name) {
           return name.ends_with(".num_batches_tracked");
         });
}

bool has_unexpected_only(const Mismatch& mismatch) {
  return mismatch.comparison.missing.empty() && !mismatch.comparison.unexpected.empty();
}

bool has_other_shapes_only(const Mismatch& mismatch) {
  return mismatch.comparison.missing.empty() && mismatch.comparison.unexpected.empty();
}

bool always(const Mismatch&) { return true; }

struct Cause {
  const char* code;
  bool (*applies)(const Mismatch&);
};

// The first that applies counts; the full answer is that of `effgate explain`.
constexpr Cause kCauses[] = {
    {"keys.prefix", has_prefix},
    {"arch.implementation", is_another_implementations},
    {"arch.history", fits_the_same_name_of_another_time},
    {"arch.variant", fits_another_model},
    {"arch.anchor_count", has_other_anchors},
    {"arch.class_count", has_other_classes},
    {"keys.batches_tracked", lacks_only_counters},
    {"keys.unexpected", has_unexpected_only},
    {"arch.variant", has_other_shapes_only},
    {"keys.missing", always},
};

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
                          const std::string& model, const std::vector<std::string>& fitting) {
  const Mismatch mismatch{comparison, state, model, fitting};
  const auto* cause = std::find_if(std::begin(kCauses), std::end(kCauses),
                                   [&](const Cause& each) { return each.applies(mismatch); });
  std::string message = summary(comparison);
  if (!fitting.empty()) message += "; the checkpoint fits " + join(fitting, " and ");
  return {"load_mismatch", cause->code, message, 0};
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
