#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/text.h"
#include "harness/doctor/differences.h"
#include "harness/doctor/rules.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"

namespace effgate {
namespace {

constexpr auto kBlocks = ProblemSeverity::blocks;

bool is_detector(const Evidence& evidence) {
  return !evidence.foreign && evidence.found.coverage == Coverage::detector &&
         evidence.found.reading.network != nullptr;
}

// A cause of whose network the file is: as sure as the share of its tensors that agree.
Cause network_cause(const Evidence& evidence, CauseCode code, std::string summary) {
  Cause cause = make_cause(code, kBlocks, std::move(summary));
  const Interpretation& found = evidence.found;
  if (found.reading.network == nullptr) return cause;
  const double share = static_cast<double>(found.reading.explained) /
                       static_cast<double>(std::max<std::size_t>(1, found.ours.tensors.size()));
  cause.confidence = evidence.foreign ? 1 - share : share;
  return cause;
}

Differences found_differences(const Evidence& evidence) {
  if (!is_detector(evidence) || evidence.found.is_of_no_network()) return {};
  const Reading& reading = evidence.found.reading;
  return evidence.target == nullptr ? alterations_of(reading, evidence.networks)
                                    : differences(reading, *evidence.target);
}

std::string count_text(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// The names of tensors of the file that `condition` picks, as the file has them.
template <typename Condition>
std::vector<std::string> stored_names(const Evidence& evidence, const Condition& condition) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : evidence.found.ours.tensors)
    if (condition(tensor.name)) names.push_back(evidence.found.stored_name(tensor.name));
  return names;
}

std::optional<Cause> foreign(const Evidence& evidence) {
  if (!evidence.foreign) return std::nullopt;
  Cause cause =
      network_cause(evidence, CauseCode::arch_foreign, "Its tensors are those of no EfficientDet.");
  std::vector<std::string> names;
  for (const TensorEntry& tensor : evidence.checkpoint.tensors()) names.push_back(tensor.name);
  cause.evidence = some_of(names);
  return cause;
}

struct ImplementationText {
  Layout layout;
  std::string_view text;
};
constexpr std::array kImplementations = {
    ImplementationText{Layout::effdet, "effdet"},
    ImplementationText{Layout::zylo, "zylo117's Yet-Another-EfficientDet-Pytorch"},
    ImplementationText{Layout::mmdet, "mmdetection"},
    ImplementationText{Layout::lukemelas, "lukemelas' efficientnet_pytorch"},
    ImplementationText{Layout::toandaominh, "toandaominh1997's EfficientDet.Pytorch"},
    ImplementationText{Layout::signatrix, "signatrix' efficientdet"},
};

std::string_view implementation_text(Layout layout) {
  const auto known = std::ranges::find(kImplementations, layout, &ImplementationText::layout);
  return known == kImplementations.end() ? "another implementation" : known->text;
}

std::optional<Cause> implementation(const Evidence& evidence) {
  const Layout layout = evidence.found.naming.layout;
  const Layout asked = evidence.target == nullptr ? Layout::effdet : evidence.target->layout;
  if (evidence.foreign || layout == Layout::unknown || layout == asked) return std::nullopt;
  Cause cause =
      network_cause(evidence, CauseCode::arch_implementation,
                    fmt::format("The names are those of {}.", implementation_text(layout)));
  std::vector<std::string> names;
  for (const TensorEntry& tensor : evidence.checkpoint.tensors()) names.push_back(tensor.name);
  cause.evidence = some_of(names);
  if (!evidence.found.naming.detail.empty()) cause.evidence.push_back(evidence.found.naming.detail);
  if (!caveat(layout).empty()) cause.evidence.emplace_back(caveat(layout));
  cause.details = {{"found", std::string(to_string(layout))},
                   {"expected", std::string(to_string(asked))}};
  if (covered_models(layout).empty() || covered_models(asked).empty()) return cause;
  const std::string options =
      fmt::format("--layout {} --model {}", to_string(asked), evidence.model);
  const bool untold = !caveat(layout).empty() || !caveat(asked).empty();
  cause.fix =
      convert_fix(evidence, FixKind::convert, options, untold ? std::nullopt : std::optional(true));
  return cause;
}

std::optional<Cause> backbone_only(const Evidence& evidence) {
  const Interpretation& found = evidence.found;
  if (evidence.foreign || found.coverage == Coverage::detector || found.reading.network == nullptr)
    return std::nullopt;
  const std::string backbone = found.reading.config.backbone.name;
  Cause cause = network_cause(
      evidence, CauseCode::arch_backbone_only,
      fmt::format("It holds a backbone ({}) without neck and heads{}.", backbone,
                  found.coverage == Coverage::classifier ? ", as image classifiers have it" : ""));
  cause.evidence = some_of(stored_names(evidence, [](std::string_view) { return true; }));
  if (!found.classifier_keys.empty())
    cause.evidence.push_back(found.classifier_keys.front() + " belongs to a classifier's head");
  cause.details = {{"backbone", backbone}};
  cause.fix = {FixKind::retrain, "", std::nullopt};
  return cause;
}

// Keys and shapes that the target does not have or has otherwise, the most telling first.
std::vector<std::string> variant_evidence(const Evidence& evidence) {
  std::vector<std::string> lines;
  const Comparison comparison =
      compare_strictly(evidence.found.ours, evidence.target->network->schema);
  const auto stored = [&](const std::string& name) { return evidence.found.stored_name(name); };
  for (const std::string& name : comparison.unexpected)
    if (lines.size() < 2 && !is_counter(name)) lines.push_back(stored(name));
  for (const ShapeMismatch& mismatch : comparison.mismatched) {
    if (lines.size() == 4) break;
    lines.push_back(fmt::format("{} is [{}], not [{}]", stored(mismatch.key),
                                fmt::join(mismatch.file, ","), fmt::join(mismatch.model, ",")));
  }
  if (lines.empty())
    for (const std::string& name : comparison.missing)
      if (lines.size() < 3) lines.push_back(name + " is not there");
  return lines;
}

// What a backbone, or a whole file, is of.
std::optional<Cause> variant(const Evidence& evidence) {
  const Interpretation& found = evidence.found;
  const Reading& reading = found.reading;
  if (evidence.target == nullptr || evidence.foreign || reading.network == nullptr)
    return std::nullopt;
  const bool other_backbone =
      found.coverage != Coverage::detector && reading.network != evidence.target->network;
  const bool of_none = is_detector(evidence) && found.is_of_no_network();
  if (!of_none && !found_differences(evidence).variant && !other_backbone) return std::nullopt;
  const std::vector<std::string> names = found.model_names();
  std::vector<std::string> distinct;
  for (const std::string& name : names)
    if (!name.ends_with("_ap")) distinct.push_back(name);
  const bool own = of_none || reading.is_altered(CauseCode::arch_variant);
  const std::string what =
      of_none ? "This is a detector of no network here"
      : own   ? fmt::format("This has the backbone of {} with {} channels in {} cells behind it",
                            either(distinct), reading.config.fpn_channels, reading.config.fpn_cells)
              : fmt::format("This is a {} checkpoint", either(distinct));
  Cause cause = network_cause(evidence, CauseCode::arch_variant,
                              fmt::format("{}, not one of {}.", what, evidence.target->name));
  cause.evidence = variant_evidence(evidence);
  cause.details = {{"found", own ? "" : distinct.front()}, {"expected", evidence.target->name}};
  if (!own) cause.fix = use_model_fix(evidence, distinct.front());
  return cause;
}

std::optional<Cause> history(const Evidence& evidence) {
  const Differences found = found_differences(evidence);
  if (!found.history || found.variant) return std::nullopt;
  const Reading& reading = evidence.found.reading;
  const std::string expected = evidence.target
                                   ? evidence.target->name
                                   : std::string(undated(reading.network->names.front()));
  std::string other = name_of_another_time(*reading.network, expected);
  if (other.empty()) other = reading.network->names.front();
  Cause cause = network_cause(evidence, CauseCode::arch_history,
                              fmt::format("It is {}: {} means another network.", other, expected));
  cause.evidence = some_of(stored_names(
      evidence, [](std::string_view name) { return name.ends_with(".edge_weights"); }));
  if (cause.evidence.empty() && evidence.target) cause.evidence = variant_evidence(evidence);
  cause.details = {{"found", other}, {"expected", expected}};
  cause.fix = use_model_fix(evidence, other);
  return cause;
}

std::optional<Cause> redundant_bias(const Evidence& evidence) {
  if (!found_differences(evidence).redundant_bias) return std::nullopt;
  const Reading& reading = evidence.found.reading;
  const bool has = reading.config.redundant_bias;
  Cause cause = network_cause(
      evidence, CauseCode::arch_redundant_bias,
      has ? "It has biases before its batch norms, as the networks ported from TensorFlow have."
          : "It lacks the biases before batch norms that networks ported from TensorFlow have.");
  cause.evidence = some_of(stored_names(evidence, [&](std::string_view name) {
    return name.find("fpn.") == 0 && name.ends_with(has ? "conv_pw.bias" : "conv_pw.weight");
  }));
  cause.details = {{"found", has ? "with biases" : "without biases"},
                   {"expected", has ? "without biases" : "with biases"}};
  const std::string own = reading.network->names.front();
  const bool of_another = evidence.target && !reading.network->has(evidence.target->name);
  if (of_another && !reading.is_altered(CauseCode::arch_redundant_bias)) {
    cause.fix = use_model_fix(evidence, own);
  } else {
    cause.fix = repair_fix(evidence, FixKind::convert, !has);
  }
  return cause;
}

// The present model whose order of head norms the file does not have.
std::string reordered_model(const Evidence& evidence) {
  if (evidence.target != nullptr) return evidence.target->name;
  return std::string(undated(evidence.found.reading.network->names.front()));
}

// Where a network of that order computes something else, the file is to be used as that.
void choose_order_fix(const Evidence& evidence, Cause& cause) {
  const std::string model = reordered_model(evidence);
  const std::string other = other_network_by_head_order(
      evidence.target != nullptr ? *evidence.target : *find_target(model, evidence.networks),
      evidence.networks);
  if (other.empty()) {
    const bool asked = evidence.target != nullptr;
    cause.fix = repair_fix(evidence, FixKind::rename_keys, true, asked ? evidence.model : model);
    return;
  }
  cause.evidence.push_back(
      fmt::format("{} has this order, and computes otherwise than {}", other, model));
  cause.fix = use_model_fix(evidence, other);
}

std::optional<Cause> head_layout(const Evidence& evidence) {
  if (!found_differences(evidence).head_layout) return std::nullopt;
  const bool level_first = evidence.found.reading.config.head_bn_level_first;
  Cause cause = network_cause(evidence, CauseCode::arch_head_layout,
                              fmt::format("The batch norms of its heads are ordered {} first.",
                                          level_first ? "level" : "repeat"));
  cause.evidence = some_of(stored_names(evidence, [](std::string_view name) {
    return name.find("_net.bn_rep.") != std::string_view::npos && name.ends_with(".running_mean");
  }));
  cause.details = {{"found", level_first ? "level first" : "repeat first"},
                   {"expected", level_first ? "repeat first" : "level first"}};
  choose_order_fix(evidence, cause);
  return cause;
}

Cause new_head(const Evidence& evidence, CauseCode code, std::string summary, std::int64_t found,
               std::int64_t expected) {
  Cause cause = network_cause(evidence, code, std::move(summary));
  for (const ParamSpec& tensor : evidence.found.ours.tensors) {
    if (tensor.name.find("_net.predict.") == std::string::npos || !tensor.name.ends_with(".bias"))
      continue;
    cause.evidence.push_back(fmt::format("{} is [{}]", evidence.found.stored_name(tensor.name),
                                         fmt::join(tensor.shape, ",")));
  }
  cause.details = {{"found", std::to_string(found)}, {"expected", std::to_string(expected)}};
  cause.fix = repair_fix(evidence, FixKind::replace_head, false);
  return cause;
}

std::optional<Cause> anchor_count(const Evidence& evidence) {
  if (!found_differences(evidence).anchor_count) return std::nullopt;
  const std::int64_t has = evidence.found.reading.config.anchors_per_cell();
  const std::int64_t asked = evidence.target->config.anchors_per_cell();
  return new_head(evidence, CauseCode::arch_anchor_count,
                  fmt::format("It was trained with {}, not {}, a cell.",
                              count_text(has, "anchor", "anchors"), asked),
                  has, asked);
}

std::optional<Cause> class_count(const Evidence& evidence) {
  if (!found_differences(evidence).class_count) return std::nullopt;
  const std::int64_t has = evidence.found.reading.config.num_classes;
  const std::int64_t asked = evidence.target->config.num_classes;
  return new_head(evidence, CauseCode::arch_class_count,
                  fmt::format("It was trained with {}, not {}; a model that is built with "
                              "num_classes={} takes it as it is.",
                              count_text(has, "class", "classes"), asked, has),
                  has, asked);
}

constexpr std::array kRules = {
    Rule{CauseCode::arch_foreign, foreign},
    Rule{CauseCode::arch_implementation, implementation},
    Rule{CauseCode::arch_backbone_only, backbone_only},
    Rule{CauseCode::arch_variant, variant},
    Rule{CauseCode::arch_history, history},
    Rule{CauseCode::arch_redundant_bias, redundant_bias},
    Rule{CauseCode::arch_head_layout, head_layout},
    Rule{CauseCode::arch_anchor_count, anchor_count},
    Rule{CauseCode::arch_class_count, class_count},
};

}  // namespace

std::span<const Rule> network_rules() { return kRules; }

}  // namespace effgate
