#include "harness/doctor/message/key_causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include "harness/base/text.h"
#include "harness/doctor/layer_tensor.h"
#include "harness/doctor/message/key_signs.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;
using Names = std::vector<std::string>;

Fix renaming(const LoadErrorReading& reading) {
  return {FixKind::rename_keys, repair_command(reading), true};
}

// Whether most counters are in a list without the rest of their BatchNorms.
bool stand_alone(const Names& counters, const Names& keys) {
  // Far more counters than any network has need no look at each.
  constexpr std::size_t kLooks = 64;
  const std::span looked(counters.data(), std::min(counters.size(), kLooks));
  const auto alone = std::ranges::count_if(looked, [&](const std::string& counter) {
    const std::string module = counter.substr(0, counter.rfind('.') + 1);
    return std::ranges::find(keys, module + "running_var") == keys.end();
  });
  return 2 * static_cast<std::size_t>(alone) > looked.size();
}

// `what` is said of those keys that have it: "Every key", "begins with".
Cause cause_of_prefix(const LoadErrorReading& reading, const Names& in_file, const Names& in_model,
                      string_view keys, string_view what) {
  const std::string found = join(in_file, ""), expected = join(in_model, "");
  const bool more = found.size() > expected.size();
  Cause cause = make_cause(
      reading, CauseCode::keys_prefix,
      fmt::format("{} of the {} {} {}, which the {}'s keys do not.", keys, more ? "file" : "model",
                  what, more ? found : expected, more ? "model" : "file"),
      renaming(reading));
  cause.details = {{"found", found}, {"expected", expected}};
  cause.evidence =
      first_of(found.empty() ? reading.error.missing.keys : reading.error.unexpected.keys);
  return cause;
}

std::int64_t outputs(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? 0 : shape[0];
}

// What the predictors of file and model count, where the message shows them.
struct Outputs {
  std::int64_t file = 0, model = 0;
  bool known() const { return file > 0 && model > 0; }
  bool differ() const { return known() && file != model; }
};

Outputs outputs_of(Predictor predictor, const ShapeEvidence& evidence) {
  for (const ShapeMismatch& mismatch : evidence.shapes) {
    if (predictor_of(mismatch.key) == predictor)
      return {outputs(mismatch.file), outputs(mismatch.model)};
  }
  return {};
}

Cause count_cause(const LoadErrorReading& reading, CauseCode code, std::int64_t found,
                  std::int64_t expected) {
  const string_view what = code == CauseCode::arch_anchor_count ? "anchors per cell" : "classes";
  Cause cause = make_cause(reading, code,
                           fmt::format("The file was trained for {} {}, the model was built for "
                                       "{}.",
                                       found, what, expected),
                           {FixKind::replace_head, repair_command(reading), false});
  cause.details = {{"found", std::to_string(found)}, {"expected", std::to_string(expected)}};
  std::vector<ShapeMismatch> of_predictors;
  std::ranges::copy_if(
      reading.error.mismatched, std::back_inserter(of_predictors), [&](const auto& mismatch) {
        return predictor_of(without_prefixes(mismatch.key, reading.evidence.model_prefix)) !=
               Predictor::none;
      });
  cause.evidence = first_of(of_predictors);
  return cause;
}

}  // namespace

std::optional<Cause> batches_tracked_cause(const LoadErrorReading& reading) {
  const LoadEvidence& evidence = reading.evidence;
  const bool lacks = stand_alone(evidence.missing_counters, evidence.missing.keys);
  if (!lacks && !stand_alone(evidence.unexpected_counters, evidence.unexpected.keys))
    return std::nullopt;
  Cause cause = make_cause(
      reading, CauseCode::keys_batches_tracked,
      lacks ? "The file lacks the batch counters (num_batches_tracked) of its BatchNorms."
            : "The file has batch counters (num_batches_tracked), which the torch that reads it "
              "does not know: it is older than 0.4.1.",
      renaming(reading));
  cause.evidence = first_of(lacks ? evidence.missing_counters : evidence.unexpected_counters);
  return cause;
}

std::optional<Cause> inner_wrapper_cause(const LoadErrorReading& reading) {
  const LoadEvidence& evidence = reading.evidence;
  if (evidence.file_inner == evidence.model_inner) return std::nullopt;
  return cause_of_prefix(reading, evidence.file_inner, evidence.model_inner, "Keys", "have inside");
}

std::optional<Cause> prefix_cause(const LoadErrorReading& reading) {
  const LoadEvidence& evidence = reading.evidence;
  if (!evidence.disjoint) return std::nullopt;
  return cause_of_prefix(reading, evidence.file_prefix, evidence.model_prefix, "Every key",
                         "begins with");
}

Cause likely_prefix_cause(const LoadErrorReading& reading) {
  const std::string expected = join(reading.evidence.model_prefix, "");
  Cause cause = make_cause(reading, CauseCode::keys_prefix,
                           fmt::format("Every key of the model begins with {}, and those of the "
                                       "file likely do not; the message does not show them.",
                                       expected),
                           renaming(reading));
  cause.confidence = kLikely;
  cause.details = {{"found", ""}, {"expected", expected}};
  cause.evidence = first_of(reading.error.missing.keys);
  return cause;
}

std::optional<Cause> nested_cause(const LoadErrorReading& reading) {
  const Names& keys = reading.evidence.unexpected.keys;
  const auto container =
      std::ranges::find_if(keys, [](const std::string& key) { return is_container_key(key); });
  const bool training = !keys.empty() && std::ranges::all_of(keys, [](const std::string& key) {
    return is_container_key(key) || is_training_key(key);
  });
  const bool nothing_else = reading.evidence.mismatched.shapes.empty() &&
                            (!reading.evidence.missing.keys.empty() || container != keys.end());
  if (!nothing_else || (container == keys.end() && !training)) return std::nullopt;
  const std::string key = container == keys.end() ? "" : *container;
  Cause cause = make_cause(
      reading, CauseCode::keys_nested,
      key.empty() ? std::string("The file is a training checkpoint, and its state dict lies under "
                                "a key.")
                  : fmt::format("The state dict lies under the key {}.", key),
      {FixKind::unwrap, repair_command(reading), true});
  if (!key.empty()) cause.details = {{"found", key}};
  cause.evidence = first_of(keys);
  return cause;
}

std::vector<Cause> count_causes(const LoadErrorReading& reading) {
  std::vector<Cause> causes;
  const Outputs boxes = outputs_of(Predictor::boxes, reading.evidence.mismatched);
  const Outputs classes = outputs_of(Predictor::classes, reading.evidence.mismatched);
  std::int64_t file_anchors = 9, model_anchors = 9;
  if (boxes.known() && boxes.file % 4 == 0 && boxes.model % 4 == 0) {
    file_anchors = boxes.file / 4;
    model_anchors = boxes.model / 4;
    if (boxes.differ())
      causes.push_back(
          count_cause(reading, CauseCode::arch_anchor_count, file_anchors, model_anchors));
  }
  if (!classes.known()) return causes;
  const bool whole = classes.file % file_anchors == 0 && classes.model % model_anchors == 0;
  const std::int64_t found = whole ? classes.file / file_anchors : classes.file;
  const std::int64_t expected = whole ? classes.model / model_anchors : classes.model;
  if (found != expected)
    causes.push_back(count_cause(reading, CauseCode::arch_class_count, found, expected));
  return causes;
}

}  // namespace effgate
