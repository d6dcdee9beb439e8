#include "harness/doctor/message/network_causes.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/doctor/layer_tensor.h"
#include "harness/doctor/message/key_causes.h"
#include "harness/doctor/message/key_signs.h"
#include "harness/graph/history.h"

namespace effgate {
namespace {

using std::string_view;
using Names = std::vector<std::string>;

Cause with_evidence(Cause cause, Names evidence) {
  cause.evidence = std::move(evidence);
  return cause;
}

std::string names(const std::vector<const Spelling*>& spellings) {
  Names list;
  for (const Spelling* spelling : spellings) list.push_back(spelling->name());
  return join(list, ", ");
}

// "a", "a or one other", "a or one of 3 others": what the message does not tell apart.
std::string with_others(const std::string& name, const std::vector<const Spelling*>& all) {
  if (all.size() < 2) return name;
  if (all.size() == 2) return name + " or one other";
  return fmt::format("{} or one of {} others", name, all.size() - 1);
}

// Of an altered network: the entry that has the very tensors, if there is one.
std::string catalogue_name(const LoadErrorReading& reading, const Spelling& spelling) {
  const auto& all = reading.spellings.all();
  const auto same = std::ranges::find_if(all, [&](const Spelling& other) {
    return !other.altered && other.layout == spelling.layout && other.places == spelling.places;
  });
  return spelling.altered && same != all.end() ? same->name() : spelling.name();
}

// What was asked for where it is a name of the network that was built, as others may be.
std::string built_name(const LoadErrorReading& reading) {
  const Spelling& built = *reading.pairs.best.model;
  const bool prefixed = reading.model.find(':') != std::string::npos;
  const bool asked = !reading.model.empty() && !built.altered && built.is_named(reading.model) &&
                     prefixed == (built.layout != Layout::effdet);
  return asked ? reading.model : catalogue_name(reading, built);
}

// The details that name both networks, and those that the message does not tell apart from them.
Details network_details(const LoadErrorReading& reading) {
  const PairReading& pairs = reading.pairs;
  Details details = {{"found", catalogue_name(reading, *pairs.best.file)},
                     {"expected", built_name(reading)}};
  if (pairs.files.size() > 1) details.emplace_back("found_one_of", names(pairs.files));
  if (pairs.models.size() > 1) details.emplace_back("expected_one_of", names(pairs.models));
  return details;
}

string_view stem(const Spelling& spelling) { return undated(spelling.network->names.front()); }

string_view alteration_summary(CauseCode code, bool file_has_more) {
  if (code == CauseCode::arch_head_layout)
    return "File and model order the heads' BatchNorms differently: level first, repeat first.";
  return file_has_more ? "The file has the biases before BatchNorm, which the model does not."
                       : "The file lacks the biases before BatchNorm that the model has.";
}

// What of a load error a pair of networks does not predict.
struct LeftOver {
  Names missing, unexpected, mismatched;
};

LeftOver left_over(const LoadErrorReading& reading) {
  const NetworkPair& pair = reading.pairs.best;
  const LoadEvidence& evidence = reading.evidence;
  LeftOver left;
  for (const std::string& key : evidence.missing.keys) {
    if (!predicts_missing(pair, reading.spellings, key, evidence.disjoint))
      left.missing.push_back(key);
  }
  for (const std::string& key : evidence.unexpected.keys) {
    if (!predicts_unexpected(pair, reading.spellings, key, evidence.disjoint))
      left.unexpected.push_back(key);
  }
  for (const ShapeMismatch& mismatch : evidence.mismatched.shapes) {
    if (predictor_of(mismatch.key) == Predictor::none &&
        !predicts_mismatch(pair, reading.spellings, mismatch))
      left.mismatched.push_back(shape_text(mismatch));
  }
  return left;
}

}  // namespace

bool share_a_network(const PairReading& pairs) {
  return std::ranges::any_of(pairs.files, [&](const Spelling* file) {
    return std::ranges::find(pairs.models, file->network, &Spelling::network) != pairs.models.end();
  });
}

Cause implementation_cause(const LoadErrorReading& reading) {
  const Layout found = reading.pairs.best.file->layout;
  const Layout expected = reading.pairs.best.model->layout;
  Cause cause =
      make_cause(reading, CauseCode::arch_implementation,
                 fmt::format("The file has the names of {}, the model those of {}.",
                             to_string(found), to_string(expected)),
                 {FixKind::convert,
                  fmt::format("effgate convert FILE -o NEW.pth --layout {}", to_string(expected)),
                  found == Layout::effdet ? std::optional(true) : std::nullopt});
  cause.details = network_details(reading);
  cause.evidence = first_of(reading.error.unexpected.keys);
  return cause;
}

Cause backbone_only_cause(const LoadErrorReading& reading) {
  Cause cause = make_cause(reading, CauseCode::arch_backbone_only,
                           "The file holds a backbone; pyramid and heads are not in it.");
  // The pyramid alone may be missing where the list was cut.
  if (reading.error.unexpected.keys.empty() && !reading.error.missing.complete)
    cause.confidence = kLikely;
  cause.details = network_details(reading);
  cause.evidence = first_of(reading.error.missing.keys);
  return cause;
}

Cause other_network_cause(const LoadErrorReading& reading) {
  const PairReading& pairs = reading.pairs;
  const string_view model = stem(*pairs.best.model);
  const bool history = stem(*pairs.best.file) == model;
  const std::string found = catalogue_name(reading, *pairs.best.file);
  Cause cause =
      make_cause(reading, history ? CauseCode::arch_history : CauseCode::arch_variant,
                 history ? fmt::format("The file is a {} of another time.", model)
                         : fmt::format("This is a checkpoint of {}, and {} was built.",
                                       with_others(found, pairs.files),
                                       with_others(built_name(reading), pairs.models)),
                 {FixKind::use_model,
                  fmt::format("effgate explain --checkpoint FILE --model {}", found), true});
  cause.details = network_details(reading);
  const LoadError& error = reading.error;
  cause.evidence =
      first_of(error.missing.keys.empty() ? error.unexpected.keys : error.missing.keys);
  if (cause.evidence.empty()) cause.evidence = first_of(error.mismatched);
  return cause;
}

Cause alteration_cause(const LoadErrorReading& reading) {
  const NetworkPair& pair = reading.pairs.best;
  const CauseCode code = pair.file->altered ? *pair.file->altered : *pair.model->altered;
  const bool more = reading.evidence.missing.keys.size() < reading.evidence.unexpected.keys.size();
  const FixKind kind = code == CauseCode::arch_head_layout ? FixKind::convert : FixKind::use_model;
  Cause cause = make_cause(reading, code, std::string(alteration_summary(code, more)),
                           {kind, repair_command(reading), true});
  cause.details = network_details(reading);
  cause.evidence = first_of(more ? reading.error.unexpected.keys : reading.error.missing.keys);
  return cause;
}

Cause nothing_of_the_model_cause(const LoadErrorReading& reading) {
  const LoadEvidence& evidence = reading.evidence;
  const Names& keys = evidence.unexpected.keys;
  const Names missing = first_of(reading.error.missing.keys);
  const Names unexpected = first_of(reading.error.unexpected.keys);
  if (keys.empty() && evidence.unexpected.complete && evidence.missing.complete) {
    return with_evidence(
        make_cause(reading, CauseCode::file_no_state_dict, "The file's dictionary is empty."),
        missing);
  }
  if (keys.empty() && !evidence.model_prefix.empty()) return likely_prefix_cause(reading);
  if (keys.empty()) {
    return with_evidence(make_cause(reading, CauseCode::keys_missing,
                                    "The file lacks tensors of the model; which it has instead "
                                    "the message does not show."),
                         missing);
  }
  if (const string_view other = implementation_of(keys); !other.empty()) {
    return with_evidence(
        make_cause(reading, CauseCode::arch_implementation,
                   fmt::format("The file has the names of {}, and its network is not the model's.",
                               other)),
        unexpected);
  }
  return with_evidence(
      make_cause(reading, CauseCode::arch_foreign, "What is in the file is no EfficientDet."),
      unexpected);
}

std::vector<Cause> unknown_network_causes(const LoadErrorReading& reading) {
  constexpr std::size_t kFew = 5;
  const Names& missing = reading.evidence.missing.keys;
  const Names& unexpected = reading.evidence.unexpected.keys;
  const bool of_detector =
      !implementation_of(missing).empty() || !implementation_of(unexpected).empty();
  const bool other_shapes = std::ranges::any_of(
      reading.evidence.mismatched.shapes,
      [](const ShapeMismatch& mismatch) { return predictor_of(mismatch.key) == Predictor::none; });
  if (other_shapes || (of_detector && missing.size() + unexpected.size() >= kFew))
    return {make_cause(reading, CauseCode::arch_variant, "File and model are of different sizes.")};
  return left_over_causes(reading);
}

std::vector<Cause> left_over_causes(const LoadErrorReading& reading) {
  const LeftOver left = left_over(reading);
  std::vector<Cause> causes;
  const auto add = [&](const Names& evidence, CauseCode code, std::string summary, Fix fix = {}) {
    causes.push_back(with_evidence(make_cause(reading, code, std::move(summary), std::move(fix)),
                                   first_of(evidence)));
  };
  if (!left.missing.empty()) {
    add(left.missing, CauseCode::keys_missing,
        fmt::format("The file lacks {} tensors that nothing else explains.", left.missing.size()));
  }
  if (holds_layers_of_a_detector(left.unexpected)) {
    add(left.unexpected, CauseCode::arch_variant,
        "The file is of another network of the family, of none that is known here.");
  } else if (!left.unexpected.empty()) {
    add(left.unexpected, CauseCode::keys_unexpected,
        fmt::format("The file has {} tensors that the model has not and nothing else explains.",
                    left.unexpected.size()),
        {FixKind::convert, "effgate convert FILE -o NEW.pth --drop PATTERN", true});
  }
  if (!left.mismatched.empty()) {
    add(left.mismatched, CauseCode::arch_variant,
        "Shapes of file and model differ: one was built with other settings than any known "
        "network.");
  }
  return causes;
}

}  // namespace effgate
