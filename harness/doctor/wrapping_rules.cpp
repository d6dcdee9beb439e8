#include <fmt/format.h>

#include <array>

#include "harness/base/text.h"
#include "harness/doctor/rules.h"
#include "harness/layout/inner_wrappers.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

// "state_dict (696 tensors)", of averaged weights too.
std::vector<std::string> places(const Checkpoint& checkpoint) {
  std::vector<std::string> texts;
  for (const StateDictPlace& place : checkpoint.state_dicts()) {
    texts.push_back(fmt::format("{}: {} tensors{}", place.key.empty() ? "top level" : place.key,
                                place.tensors, place.ema ? ", averaged weights" : ""));
  }
  return texts;
}

// Its tensors are read all the same; only Python needs them in another file.
std::optional<Cause> module_archive(const Evidence& evidence) {
  const Container container = evidence.checkpoint.container();
  if (!is_module_archive(container)) return std::nullopt;
  const bool asked = evidence.target != nullptr;
  Cause cause = make_cause(
      CauseCode::file_whole_module, asked ? ProblemSeverity::blocks : ProblemSeverity::note,
      "torch.load gives a scripted module of it, and load_state_dict takes a state dict.");
  cause.evidence = {fmt::format("its container is {}", to_string(container))};
  cause.fix = convert_fix(evidence, FixKind::convert, "", true);
  return cause;
}

std::optional<Cause> nested(const Evidence& evidence) {
  const std::vector<std::string>& keys = evidence.checkpoint.wrappers();
  if (keys.empty()) return std::nullopt;
  const std::string key = join(keys, ".");
  Cause cause = make_cause(CauseCode::keys_nested, ProblemSeverity::blocks,
                           fmt::format("The state dict lies under the key {}.", key));
  cause.evidence = some_of(places(evidence.checkpoint));
  cause.details = {{"key", key}};
  cause.fix = convert_fix(evidence, FixKind::unwrap, "", true);
  return cause;
}

std::optional<Cause> prefix(const Evidence& evidence) {
  const std::vector<std::string>& prefixes = evidence.found.prefixes;
  if (prefixes.empty()) return std::nullopt;
  const std::string whole = join(prefixes, "");
  Cause cause = make_cause(CauseCode::keys_prefix, ProblemSeverity::blocks,
                           fmt::format("A wrapper put {} before every name.", whole));
  for (const TensorEntry& tensor : evidence.checkpoint.tensors()) {
    if (cause.evidence.size() == 2) break;
    if (tensor.name.starts_with(whole)) cause.evidence.push_back(tensor.name);
  }
  if (!evidence.found.from_bench.empty())
    cause.evidence.push_back(evidence.found.from_bench.front() + ", which a detection bench adds");
  cause.details = {{"prefix", whole}};
  cause.fix = repair_fix(evidence, FixKind::rename_keys, true);
  return cause;
}

// torch.compile, DataParallel, FSDP or activation checkpointing of a part of the network.
std::optional<Cause> inner_prefix(const Evidence& evidence) {
  const std::vector<std::string>& inner = evidence.found.inner;
  if (inner.empty() || evidence.foreign) return std::nullopt;
  std::vector<std::string> names;
  for (const TensorEntry& tensor : evidence.checkpoint.tensors())
    if (!inner_wrappers(without_prefixes(tensor.name, evidence.found.prefixes)).empty())
      names.push_back(tensor.name);
  Cause cause = make_cause(
      CauseCode::keys_prefix, ProblemSeverity::blocks,
      fmt::format("{} of parts of the network put {} inside {} names.",
                  inner.size() == 1 ? "A wrapper" : "Wrappers", join(inner, ", "), names.size()));
  cause.evidence = some_of(names);
  cause.details = {{"prefix", join(inner, ", ")}};
  cause.fix = repair_fix(evidence, FixKind::rename_keys, true);
  return cause;
}

constexpr std::array kRules = {
    Rule{CauseCode::file_whole_module, module_archive},
    Rule{CauseCode::keys_nested, nested},
    Rule{CauseCode::keys_prefix, prefix},
    Rule{CauseCode::keys_prefix, inner_prefix},
};

}  // namespace

std::span<const Rule> wrapping_rules() { return kRules; }

}  // namespace effgate
