#include "harness/doctor/message/load_error_causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <unordered_set>

#include "harness/base/text.h"
#include "harness/doctor/layer_tensor.h"
#include "harness/doctor/message/key_signs.h"
#include "harness/doctor/message/load_evidence.h"
#include "harness/doctor/message/network_pairs.h"
#include "harness/graph/history.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

using std::string_view;
using Names = std::vector<std::string>;

constexpr std::size_t kMostEvidence = 5;
constexpr double kLikely = 0.6;  // the confidence of what nothing shown contradicts

Names first_of(const Names& names) {
  return {names.begin(),
          names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostEvidence))};
}

std::string shape_text(const ShapeMismatch& mismatch) {
  return fmt::format("{}: [{}] in the file, [{}] in the model", mismatch.key,
                     fmt::join(mismatch.file, ","), fmt::join(mismatch.model, ","));
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

class LoadErrorDiagnosis {
 public:
  LoadErrorDiagnosis(const LoadError& error, const NetworkIndex& networks,
                     const std::optional<std::string>& model)
      : error_(error),
        spellings_(networks, other_layouts_in(error, model.value_or(""))),
        model_(model.value_or("")),
        evidence_(collect_evidence(error, spellings_)) {}

  Diagnosis diagnose() && {
    describe();
    if (has_structure()) reading_ = read_network_pair(evidence_, spellings_, model_);
    add_causes();
    sort_causes(diagnosis_.causes);
    return std::move(diagnosis_);
  }

 private:
  void describe() {
    diagnosis_.loads = false;
    diagnosis_.target = model_;
    diagnosis_.missing = error_.missing.keys;
    diagnosis_.unexpected = error_.unexpected.keys;
    diagnosis_.mismatched = error_.mismatched;
  }

  bool has_structure() const {
    return !evidence_.missing.keys.empty() || !evidence_.unexpected.keys.empty() ||
           !evidence_.mismatched.shapes.empty();
  }

  // Whether any name in the message is one of a network of the catalogue.
  bool knows_any() const {
    const auto known = [&](const std::string& key) {
      return spellings_.find_name(key).has_value();
    };
    return std::ranges::any_of(evidence_.missing.keys, known) ||
           std::ranges::any_of(evidence_.unexpected.keys, known) ||
           std::ranges::any_of(evidence_.mismatched.shapes, known, &ShapeMismatch::key);
  }

  // --- Causes

  void add_causes() {
    add_batches_tracked();
    if (evidence_.file_inner != evidence_.model_inner)
      add_prefix(evidence_.file_inner, evidence_.model_inner, "Keys", "have inside");
    if (!has_structure()) return;
    if (evidence_.disjoint)
      add_prefix(evidence_.file_prefix, evidence_.model_prefix, "Every key", "begins with");
    add_counts();
    if (add_nested()) return;
    if (!knows_any()) return add_unknown_network();
    if (reading_.best.file == nullptr) return add_nothing_of_the_model();
    add_candidates();
    const Spelling& file = *reading_.best.file;
    const Spelling& model = *reading_.best.model;
    // A prefix is enough for keys that are unexpected where none is known to be missing.
    const bool told = evidence_.disjoint && evidence_.missing.keys.empty();
    if (file.layout != model.layout && !told) add_implementation(file.layout);
    if (file.extent != Extent::whole && file.extent != model.extent) {
      if (!told) add_backbone_only();
    } else if (!share_a_network()) {
      add_other_network();
    } else if (file.altered != model.altered) {
      add_alteration();
    }
    if (file.layout == model.layout && share_a_network()) add_left_over();
  }

  Cause& add(CauseCode code, std::string summary, Fix fix = {}) {
    diagnosis_.causes.push_back({.code = code,
                                 .confidence = reading_.best.unexplained == 0 ? 0.95 : 0.7,
                                 .summary = std::move(summary),
                                 .evidence = {},
                                 .details = {},
                                 .fix = std::move(fix)});
    return diagnosis_.causes.back();
  }

  std::string repair_command() const {
    const std::string model = reading_.best.model != nullptr && reading_.models.size() == 1
                                  ? reading_.best.model->network->names.front()
                                  : "NAME";
    return fmt::format("effgate repair FILE --model {} -o NEW.pth",
                       model_.empty() ? model : model_);
  }

  // Whether most counters are in a list without the rest of their BatchNorms.
  static bool stand_alone(const Names& counters, const Names& keys) {
    // Far more counters than any network has need no look at each.
    constexpr std::size_t kLooks = 64;
    const std::span looked(counters.data(), std::min(counters.size(), kLooks));
    const auto alone = std::ranges::count_if(looked, [&](const std::string& counter) {
      const std::string module = counter.substr(0, counter.rfind('.') + 1);
      return std::ranges::find(keys, module + "running_var") == keys.end();
    });
    return 2 * static_cast<std::size_t>(alone) > looked.size();
  }

  void add_batches_tracked() {
    const bool lacks = stand_alone(evidence_.missing_counters, evidence_.missing.keys);
    if (!lacks && !stand_alone(evidence_.unexpected_counters, evidence_.unexpected.keys)) return;
    Cause& cause = add(
        CauseCode::keys_batches_tracked,
        lacks ? "The file lacks the batch counters (num_batches_tracked) of its BatchNorms."
              : "The file has batch counters (num_batches_tracked), which the torch that reads it "
                "does not know: it is older than 0.4.1.",
        {FixKind::rename_keys, repair_command(), true});
    cause.evidence = first_of(lacks ? evidence_.missing_counters : evidence_.unexpected_counters);
  }

  // `what` is said of those that have it: "Every key", "begins with".
  void add_prefix(const Names& in_file, const Names& in_model, string_view keys, string_view what) {
    const std::string found = join(in_file, ""), expected = join(in_model, "");
    const bool more = found.size() > expected.size();
    Cause& cause = add(CauseCode::keys_prefix,
                       fmt::format("{} of the {} {} {}, which the {}'s keys do not.", keys,
                                   more ? "file" : "model", what, more ? found : expected,
                                   more ? "model" : "file"),
                       {FixKind::rename_keys, repair_command(), true});
    cause.details = {{"found", found}, {"expected", expected}};
    cause.evidence = first_of(found.empty() ? error_.missing.keys : error_.unexpected.keys);
  }

  // The message shows only that the first keys of a wrapped model are missing.
  void add_likely_prefix() {
    const std::string expected = join(evidence_.model_prefix, "");
    Cause& cause = add(CauseCode::keys_prefix,
                       fmt::format("Every key of the model begins with {}, and those of the file "
                                   "likely do not; the message does not show them.",
                                   expected),
                       {FixKind::rename_keys, repair_command(), true});
    cause.confidence = kLikely;
    cause.details = {{"found", ""}, {"expected", expected}};
    cause.evidence = first_of(error_.missing.keys);
  }

  // The state dict is a value of what was passed.
  bool add_nested() {
    const Names& keys = evidence_.unexpected.keys;
    const auto container =
        std::ranges::find_if(keys, [](const std::string& key) { return is_container_key(key); });
    const bool training = !keys.empty() && std::ranges::all_of(keys, [](const std::string& key) {
      return is_container_key(key) || is_training_key(key);
    });
    const bool nothing_else = evidence_.mismatched.shapes.empty() &&
                              (!evidence_.missing.keys.empty() || container != keys.end());
    if (!nothing_else || (container == keys.end() && !training)) return false;
    const std::string key = container == keys.end() ? "" : *container;
    Cause& cause =
        add(CauseCode::keys_nested,
            key.empty() ? std::string("The file is a training checkpoint, and its state dict lies "
                                      "under a key.")
                        : fmt::format("The state dict lies under the key {}.", key),
            {FixKind::unwrap, repair_command(), true});
    if (!key.empty()) cause.details = {{"found", key}};
    cause.evidence = first_of(keys);
    return true;
  }

  Outputs outputs_of(Predictor predictor) const {
    for (const ShapeMismatch& mismatch : evidence_.mismatched.shapes) {
      if (predictor_of(mismatch.key) == predictor)
        return {outputs(mismatch.file), outputs(mismatch.model)};
    }
    return {};
  }

  void add_counts() {
    const Outputs boxes = outputs_of(Predictor::boxes), classes = outputs_of(Predictor::classes);
    std::int64_t file_anchors = 9, model_anchors = 9;
    if (boxes.known() && boxes.file % 4 == 0 && boxes.model % 4 == 0) {
      file_anchors = boxes.file / 4;
      model_anchors = boxes.model / 4;
      if (boxes.differ()) add_count(CauseCode::arch_anchor_count, file_anchors, model_anchors);
    }
    if (!classes.known()) return;
    const bool whole = classes.file % file_anchors == 0 && classes.model % model_anchors == 0;
    const std::int64_t found = whole ? classes.file / file_anchors : classes.file;
    const std::int64_t expected = whole ? classes.model / model_anchors : classes.model;
    if (found != expected) add_count(CauseCode::arch_class_count, found, expected);
  }

  void add_count(CauseCode code, std::int64_t found, std::int64_t expected) {
    const string_view what = code == CauseCode::arch_anchor_count ? "anchors per cell" : "classes";
    Cause& cause = add(code,
                       fmt::format("The file was trained for {} {}, the model was built for {}.",
                                   found, what, expected),
                       {FixKind::replace_head, repair_command(), false});
    cause.details = {{"found", std::to_string(found)}, {"expected", std::to_string(expected)}};
    for (const ShapeMismatch& mismatch : error_.mismatched) {
      if (predictor_of(without_prefixes(mismatch.key, evidence_.model_prefix)) != Predictor::none &&
          cause.evidence.size() < kMostEvidence)
        cause.evidence.push_back(shape_text(mismatch));
    }
  }

  // Names that no network of the catalogue has, on both sides.
  void add_unknown_network() {
    constexpr std::size_t kFew = 5;
    const Names& missing = evidence_.missing.keys;
    const Names& unexpected = evidence_.unexpected.keys;
    const bool of_detector =
        !implementation_of(missing).empty() || !implementation_of(unexpected).empty();
    const bool other_shapes =
        std::ranges::any_of(evidence_.mismatched.shapes, [](const ShapeMismatch& mismatch) {
          return predictor_of(mismatch.key) == Predictor::none;
        });
    if (other_shapes || (of_detector && missing.size() + unexpected.size() >= kFew)) {
      add(CauseCode::arch_variant, "File and model are of different sizes.");
    } else {
      add_left_over();
    }
  }

  void add_nothing_of_the_model() {
    const Names& keys = evidence_.unexpected.keys;
    if (keys.empty() && evidence_.unexpected.complete && evidence_.missing.complete) {
      add(CauseCode::file_no_state_dict, "The file's dictionary is empty.", {}).evidence =
          first_of(error_.missing.keys);
    } else if (keys.empty() && !evidence_.model_prefix.empty()) {
      add_likely_prefix();
    } else if (keys.empty()) {
      add(CauseCode::keys_missing,
          "The file lacks tensors of the model; which it has instead the message does not show.")
          .evidence = first_of(error_.missing.keys);
    } else if (const string_view other = implementation_of(keys); !other.empty()) {
      add(CauseCode::arch_implementation,
          fmt::format("The file has the names of {}, and its network is not the model's.", other))
          .evidence = first_of(error_.unexpected.keys);
    } else {
      add(CauseCode::arch_foreign, "What is in the file is no EfficientDet.").evidence =
          first_of(error_.unexpected.keys);
    }
  }

  void add_candidates() {
    constexpr std::size_t kMostCandidates = 8;
    for (const Spelling* spelling : reading_.files) {
      if (diagnosis_.candidates.size() == kMostCandidates) break;
      diagnosis_.candidates.push_back({spelling->name(), 1.0});
    }
  }

  void add_networks(Cause& cause) const {
    cause.details = {{"found", catalogue_name(*reading_.best.file)}, {"expected", built_name()}};
    if (reading_.files.size() > 1)
      cause.details.emplace_back("found_one_of", names(reading_.files));
    if (reading_.models.size() > 1)
      cause.details.emplace_back("expected_one_of", names(reading_.models));
  }

  static std::string names(const std::vector<const Spelling*>& spellings) {
    Names list;
    for (const Spelling* spelling : spellings) list.push_back(spelling->name());
    return join(list, ", ");
  }

  // "a", "a or one other", "a or one of 3 others": what the message does not tell apart.
  static std::string with_others(const std::string& name, const std::vector<const Spelling*>& all) {
    if (all.size() < 2) return name;
    if (all.size() == 2) return name + " or one other";
    return fmt::format("{} or one of {} others", name, all.size() - 1);
  }

  // Of an altered network: the entry that has the very tensors, if there is one.
  std::string catalogue_name(const Spelling& spelling) const {
    const auto same = std::ranges::find_if(spellings_.all(), [&](const Spelling& other) {
      return !other.altered && other.layout == spelling.layout && other.places == spelling.places;
    });
    return spelling.altered && same != spellings_.all().end() ? same->name() : spelling.name();
  }

  // What was asked for where it is a name of the network that was built, as others may be.
  std::string built_name() const {
    const Spelling& model = *reading_.best.model;
    const bool prefixed = model_.find(':') != std::string::npos;
    const bool asked = !model_.empty() && !model.altered && model.is_named(model_) &&
                       prefixed == (model.layout != Layout::effdet);
    return asked ? model_ : catalogue_name(model);
  }

  void add_implementation(Layout layout) {
    const bool ours = layout == Layout::effdet;
    Cause& cause = add(CauseCode::arch_implementation,
                       fmt::format("The file has the names of {}, the model those of {}.",
                                   to_string(layout), to_string(reading_.best.model->layout)),
                       {FixKind::convert,
                        fmt::format("effgate convert FILE -o NEW.pth --layout {}",
                                    to_string(reading_.best.model->layout)),
                        ours ? std::optional(true) : std::nullopt});
    add_networks(cause);
    cause.evidence = first_of(error_.unexpected.keys);
  }

  void add_backbone_only() {
    Cause& cause = add(CauseCode::arch_backbone_only,
                       "The file holds a backbone; pyramid and heads are not in it.");
    // The pyramid alone may be missing where the list was cut.
    if (error_.unexpected.keys.empty() && !error_.missing.complete) cause.confidence = kLikely;
    add_networks(cause);
    cause.evidence = first_of(error_.missing.keys);
  }

  bool share_a_network() const {
    return std::ranges::any_of(reading_.files, [&](const Spelling* file) {
      return std::ranges::any_of(
          reading_.models, [&](const Spelling* model) { return file->network == model->network; });
    });
  }

  static string_view stem(const Spelling& spelling) {
    return undated(spelling.network->names.front());
  }

  void add_other_network() {
    const Spelling& file = *reading_.best.file;
    const Spelling& model = *reading_.best.model;
    const bool history = stem(file) == stem(model);
    const std::string found = catalogue_name(file);
    Cause& cause = add(history ? CauseCode::arch_history : CauseCode::arch_variant,
                       history ? fmt::format("The file is a {} of another time.", stem(model))
                               : fmt::format("This is a checkpoint of {}, and {} was built.",
                                             with_others(found, reading_.files),
                                             with_others(built_name(), reading_.models)),
                       {FixKind::use_model,
                        fmt::format("effgate explain --checkpoint FILE --model {}", found), true});
    add_networks(cause);
    cause.evidence =
        first_of(error_.missing.keys.empty() ? error_.unexpected.keys : error_.missing.keys);
    if (cause.evidence.empty()) {
      for (const ShapeMismatch& mismatch : error_.mismatched)
        if (cause.evidence.size() < kMostEvidence) cause.evidence.push_back(shape_text(mismatch));
    }
  }

  void add_alteration() {
    const Spelling& file = *reading_.best.file;
    const Spelling& model = *reading_.best.model;
    const CauseCode code = file.altered ? *file.altered : *model.altered;
    const bool more = evidence_.missing.keys.size() < evidence_.unexpected.keys.size();
    const string_view summary =
        code == CauseCode::arch_head_layout
            ? "File and model order the heads' BatchNorms differently: level first, repeat first."
        : more ? "The file has the biases before BatchNorm, which the model does not."
               : "The file lacks the biases before BatchNorm that the model has.";
    Cause& cause = add(code, std::string(summary),
                       {code == CauseCode::arch_head_layout ? FixKind::convert : FixKind::use_model,
                        repair_command(), true});
    add_networks(cause);
    cause.evidence = first_of(more ? error_.unexpected.keys : error_.missing.keys);
  }

  // What the networks do not explain.
  void add_left_over() {
    const NetworkPair& pair = reading_.best;
    Names missing, unexpected, mismatched;
    for (const std::string& key : evidence_.missing.keys)
      if (!predicts_missing(pair, spellings_, key, evidence_.disjoint)) missing.push_back(key);
    for (const std::string& key : evidence_.unexpected.keys)
      if (!predicts_unexpected(pair, spellings_, key, evidence_.disjoint))
        unexpected.push_back(key);
    for (const ShapeMismatch& mismatch : evidence_.mismatched.shapes)
      if (predictor_of(mismatch.key) == Predictor::none &&
          !predicts_mismatch(pair, spellings_, mismatch))
        mismatched.push_back(shape_text(mismatch));
    if (!missing.empty())
      add(CauseCode::keys_missing,
          fmt::format("The file lacks {} tensors that nothing else explains.", missing.size()))
          .evidence = first_of(missing);
    if (holds_layers_of_a_detector(unexpected)) {
      add(CauseCode::arch_variant,
          "The file is of another network of the family, of none that is known here.")
          .evidence = first_of(unexpected);
    } else if (!unexpected.empty()) {
      add(CauseCode::keys_unexpected,
          fmt::format("The file has {} tensors that the model has not and nothing else explains.",
                      unexpected.size()),
          {FixKind::convert, "effgate convert FILE -o NEW.pth --drop PATTERN", true})
          .evidence = first_of(unexpected);
    }
    if (!mismatched.empty())
      add(CauseCode::arch_variant,
          "Shapes of file and model differ: one was built with other "
          "settings than any known network.")
          .evidence = first_of(mismatched);
  }

  const LoadError& error_;
  const Spellings spellings_;
  const std::string model_;  // or ""
  const LoadEvidence evidence_;
  PairReading reading_;
  Diagnosis diagnosis_;
};

}  // namespace

Diagnosis diagnose_load_error(const LoadError& error, const NetworkIndex& networks,
                              const std::optional<std::string>& model) {
  return LoadErrorDiagnosis(error, networks, model).diagnose();
}

}  // namespace effgate
