#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "harness/doctor/rules.h"

namespace effgate {
namespace {

using std::string_view;

constexpr auto kBlocks = ProblemSeverity::blocks;
constexpr auto kChanges = ProblemSeverity::changes;

bool is_read(const Evidence& evidence) {
  return !evidence.foreign && evidence.found.reading.network != nullptr;
}

// Keys that nothing explains mean nothing in a file of another network.
bool keys_count(const Evidence& evidence) {
  return is_read(evidence) && !(evidence.target != nullptr && evidence.found.is_of_no_network());
}

// The counters among `names` whose batch norms are not, and the rest.
struct Counters {
  std::vector<std::string> alone;
  std::vector<std::string> rest;
};
Counters counters_in(const std::vector<std::string>& names) {
  const std::set<string_view> all(names.begin(), names.end());
  Counters counters;
  for (const std::string& name : names) {
    const std::string norm = name.substr(0, name.rfind('.') + 1);
    const bool alone = is_counter(name) && !all.contains(norm + "running_mean");
    (alone ? counters.alone : counters.rest).push_back(name);
  }
  return counters;
}

// Counters that PyTorch supplies to batch norms which are there.
std::vector<std::string> supplied_alone(const Comparison& left) {
  std::vector<std::string> names = left.missing;
  names.insert(names.end(), left.supplied.begin(), left.supplied.end());
  std::vector<std::string> alone = counters_in(names).alone;
  const std::set<string_view> supplied(left.supplied.begin(), left.supplied.end());
  std::erase_if(alone, [&](const std::string& name) { return !supplied.contains(name); });
  return alone;
}

std::vector<std::string> stored_names(const Evidence& evidence, std::vector<std::string> names) {
  for (std::string& name : names) name = evidence.found.stored_name(name);
  return names;
}

// PyTorch supplies counters in a file whose batch norms have no version of 2 or more.
std::optional<Cause> batches_tracked(const Evidence& evidence) {
  if (!keys_count(evidence)) return std::nullopt;
  const Comparison& left = evidence.found.reading.remaining;
  const std::vector<std::string> refused = counters_in(left.missing).alone;
  const std::vector<std::string> supplied = supplied_alone(left);
  const std::vector<std::string> surplus = counters_in(left.unexpected).alone;
  if (refused.empty() && surplus.empty() && supplied.empty()) return std::nullopt;
  Cause cause = make_cause(CauseCode::keys_batches_tracked, kBlocks, "");
  if (!refused.empty()) {
    cause.summary = fmt::format(
        "{} batch counters are missing, and its version records ask for "
        "them.",
        refused.size() + supplied.size());
    cause.evidence = some_of(refused);
  } else if (!surplus.empty()) {
    cause.summary =
        fmt::format("It has {} batch counters where the model has none.", surplus.size());
    cause.evidence = some_of(stored_names(evidence, surplus));
  } else {
    cause.severity = ProblemSeverity::note;
    cause.summary = fmt::format(
        "{} batch counters are missing; PyTorch starts them at 0, and C++ "
        "loaders refuse.",
        supplied.size());
    cause.evidence = some_of(supplied);
  }
  cause.fix = repair_fix(evidence, FixKind::rename_keys, surplus.empty());
  return cause;
}

std::string shape_text(const ShapeMismatch& mismatch, const std::string& name) {
  return fmt::format("{} is [{}], not [{}]", name, fmt::join(mismatch.file, ","),
                     fmt::join(mismatch.model, ","));
}

// Tensors of a shape that nothing explains are as good as missing.
std::optional<Cause> missing(const Evidence& evidence) {
  if (!keys_count(evidence)) return std::nullopt;
  const Reading& reading = evidence.found.reading;
  std::vector<std::string> names = counters_in(reading.remaining.missing).rest;
  for (const std::string& name : reading.remaining.not_tensors)
    names.push_back(name + " (no tensor in the file)");
  for (const ShapeMismatch& mismatch : reading.remaining.mismatched)
    names.push_back(shape_text(mismatch, evidence.found.stored_name(mismatch.key)));
  if (names.empty()) return std::nullopt;
  Cause cause = make_cause(
      CauseCode::keys_missing, kBlocks,
      fmt::format("{} of {} are missing and nothing else explains it.",
                  names.size() == 1 ? "A tensor" : fmt::format("{} tensors", names.size()),
                  reading.network->names.front()));
  cause.evidence = some_of(names);
  cause.fix = {FixKind::redownload, "", false};
  return cause;
}

std::optional<Cause> unexpected(const Evidence& evidence) {
  if (!keys_count(evidence)) return std::nullopt;
  const std::vector<std::string> names =
      stored_names(evidence, counters_in(evidence.found.reading.remaining.unexpected).rest);
  if (names.empty()) return std::nullopt;
  Cause cause =
      make_cause(CauseCode::keys_unexpected, kBlocks,
                 fmt::format("{} that no model here has.",
                             names.size() == 1 ? "It holds a tensor"
                                               : fmt::format("It holds {} tensors", names.size())));
  cause.evidence = some_of(names);
  cause.fix = repair_fix(evidence, FixKind::rename_keys, false);
  return cause;
}

// Only of tensors that the network has: what a profiler counts may be of any dtype.
std::optional<Cause> dtype(const Evidence& evidence) {
  if (!is_read(evidence)) return std::nullopt;
  std::map<DType, std::vector<std::string>> by_dtype;
  std::set<DType> expected;
  for (const DTypeDifference& difference : evidence.found.reading.remaining.dtypes) {
    by_dtype[difference.file].push_back(evidence.found.stored_name(difference.key));
    expected.insert(difference.model);
  }
  if (by_dtype.empty()) return std::nullopt;
  Cause cause = make_cause(CauseCode::dtype_mismatch, kChanges, "");
  std::vector<std::string> parts;
  bool lossless = true;
  for (const auto& [dtype, names] : by_dtype) {
    parts.push_back(fmt::format("{} tensors in {}", names.size(), to_string(dtype)));
    cause.evidence.push_back(fmt::format("{} is {}", names.front(), to_string(dtype)));
    lossless = lossless && is_floating(dtype) && size_of(dtype) <= 4;
  }
  cause.summary = fmt::format("It stores {}; PyTorch casts them in silence.", join(parts, ", "));
  cause.details = {{"found", std::string(to_string(by_dtype.begin()->first))},
                   {"expected", std::string(to_string(*expected.begin()))}};
  cause.fix = convert_fix(evidence, FixKind::cast, "--dtype float32", lossless);
  return cause;
}

std::string counted(std::size_t count, string_view one, string_view many) {
  return count == 1 ? fmt::format("A {}", one) : fmt::format("{} {}", count, many);
}

// One thing that is wrong with numbers: how it is told of one and of many, and what shows it.
struct Finding {
  const std::vector<std::string>& shown;
  string_view one, many;
  string_view consequence;
  ProblemSeverity severity;
};

void add_finding(const Finding& finding, Cause& cause) {
  if (finding.shown.empty()) return;
  cause.severity = std::min(cause.severity, finding.severity);
  if (!cause.summary.empty()) cause.summary += ' ';
  cause.summary += counted(finding.shown.size(), finding.one, finding.many);
  cause.summary += finding.consequence;
  for (std::string& line : some_of(finding.shown)) cause.evidence.push_back(std::move(line));
}

std::optional<Cause> nonfinite(const Evidence& evidence) {
  constexpr auto kNote = ProblemSeverity::note;
  const ValueFacts& values = evidence.values;
  const auto impossible = stored_names(evidence, values.norms.impossible_variances);
  const auto negative = stored_names(evidence, values.norms.negative_variances);
  const std::array findings = {
      Finding{values.nonfinite, "tensor holds", "tensors hold", " NaN or infinity.", kChanges},
      Finding{impossible, "running variance is", "running variances are",
              " negative: its root makes outputs NaN.", kChanges},
      Finding{values.exploded, "tensor holds", "tensors hold",
              " numbers so large as no training leaves them; in float16 they are infinite.",
              kChanges},
      Finding{values.beyond_half, "running variance is", "running variances are",
              " larger than float16 holds, and infinite in it.", kNote},
      Finding{negative, "running variance is", "running variances are",
              " negative, which no training gives, by less than epsilon, so that it computes.",
              kNote},
  };
  Cause cause = make_cause(CauseCode::values_nonfinite, kNote, "");
  for (const Finding& finding : findings) add_finding(finding, cause);
  if (cause.summary.empty()) return std::nullopt;
  if (cause.severity != kNote) cause.fix = {FixKind::retrain, "", false};
  return cause;
}

// "backbone.bn1: all 32 channels, and with them class/3, class/4 and more"
std::string dead_text(const Evidence& evidence, const DeadNorm& norm) {
  const std::string stored = evidence.found.stored_name(norm.module + ".weight");
  std::string text = fmt::format("{}: {} of {} channels", stored.substr(0, stored.rfind('.')),
                                 norm.dead, norm.channels);
  if (norm.outputs.empty()) return text;
  return text + fmt::format(", and with them {}", join(some_of(norm.outputs), ", "));
}

// Batch norms that let nothing through.
std::optional<Cause> dead_norms(const Evidence& evidence) {
  const std::vector<DeadNorm>& norms = evidence.values.norms.dead;
  if (norms.empty()) return std::nullopt;
  const bool constant =
      std::ranges::any_of(norms, [](const DeadNorm& norm) { return !norm.outputs.empty(); });
  Cause cause = make_cause(
      CauseCode::values_untrained, constant ? kChanges : ProblemSeverity::note,
      fmt::format("In {} half of the channels or more give one number for every image: their "
                  "weight and bias are 0, or their running variance is{}.",
                  norms.size() == 1 ? "a batch norm" : fmt::format("{} batch norms", norms.size()),
                  constant ? ". So do outputs, which the image reaches through them alone" : ""));
  std::vector<std::string> lines;
  for (const DeadNorm& norm : norms) lines.push_back(dead_text(evidence, norm));
  cause.evidence = some_of(lines);
  if (constant) cause.fix = {FixKind::retrain, "", false};
  return cause;
}

std::optional<Cause> untrained(const Evidence& evidence) {
  if (!is_read(evidence)) return std::nullopt;
  if (evidence.values.untrained.empty()) return dead_norms(evidence);
  std::vector<std::string> parts;
  Cause cause = make_cause(CauseCode::values_untrained, kChanges, "");
  for (const UntrainedPart& part : evidence.values.untrained) {
    parts.push_back(fmt::format("{}{}", part.part, part.predictor_only ? " (its predictor)" : ""));
    cause.evidence.insert(cause.evidence.end(), part.evidence.begin(), part.evidence.end());
  }
  cause.summary = fmt::format("Never trained: {}.", join(parts, ", "));
  cause.details = {{"parts", join(parts, ", ")}};
  cause.fix = {FixKind::retrain, "", false};
  return cause;
}

constexpr std::array kRules = {
    Rule{CauseCode::keys_batches_tracked, batches_tracked},
    Rule{CauseCode::keys_missing, missing},
    Rule{CauseCode::keys_unexpected, unexpected},
    Rule{CauseCode::dtype_mismatch, dtype},
    Rule{CauseCode::values_nonfinite, nonfinite},
    Rule{CauseCode::values_untrained, untrained},
};

}  // namespace

std::span<const Rule> tensor_rules() { return kRules; }

}  // namespace effgate
