#include "harness/doctor/diagnose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "harness/base/text.h"
#include "harness/doctor/ambiguity.h"
#include "harness/doctor/python_error.h"
#include "harness/doctor/repair/repair.h"
#include "harness/doctor/rules.h"

namespace effgate {
namespace {

constexpr std::size_t kMostCandidates = 8;
constexpr double kLowestScore = 0.05;

FixKind fix_kind(FileProblem problem) {
  switch (problem) {
    case FileProblem::not_a_checkpoint:
    case FileProblem::truncated:
    case FileProblem::corrupt: return FixKind::redownload;
    case FileProblem::unsafe:
    case FileProblem::whole_module:
    case FileProblem::no_state_dict: return FixKind::none;
  }
  return FixKind::none;
}

// What a file that ends early lacks is not damaged besides.
bool follows_from_truncation(const Problem& problem, const std::vector<Problem>& all) {
  return problem.code == FileProblem::corrupt &&
         std::ranges::find(all, FileProblem::truncated, &Problem::code) != all.end();
}

std::string comparing_sizes(const std::filesystem::path& file) {
  return fmt::format("wc -c {}  # other than where it came from? Then download or copy it again",
                     shell_quoted(file.string()));
}

std::vector<Cause> file_causes(const Checkpoint& checkpoint) {
  std::vector<Cause> causes;
  for (const Problem& problem : checkpoint.problems()) {
    if (follows_from_truncation(problem, checkpoint.problems())) continue;
    const CauseCode code = cause_code(problem.code);
    const auto told = std::ranges::find(causes, code, &Cause::code);
    if (told != causes.end()) {
      told->evidence.push_back(problem.summary);
      continue;
    }
    causes.push_back(make_cause(code, problem.severity, problem.summary));
    causes.back().fix.kind = fix_kind(problem.code);
    if (problem.code == FileProblem::truncated)
      causes.back().fix.command = comparing_sizes(checkpoint.path());
  }
  return causes;
}

// Whether the file says which tensors it holds, whatever is wrong with their numbers.
bool names_are_whole(const Checkpoint& checkpoint) {
  return !checkpoint.tensors().empty() &&
         std::ranges::all_of(checkpoint.problems(), [](const Problem& problem) {
           return problem.in_values || problem.severity != ProblemSeverity::blocks;
         });
}

// The object that torch.load gives (it checks no checksums), which is not yet the state dict where
// that lies under a key.
StoredState as_it_lies(const Checkpoint& checkpoint) {
  if (checkpoint.wrappers().empty()) return stored_state(checkpoint);
  StoredState state;
  for (const auto& [key, text] : checkpoint.outer_entries()) state.others.push_back(key);
  return state;
}

void compare_as_python_does(const Checkpoint& checkpoint, const Target& target,
                            Diagnosis& diagnosis) {
  if (is_module_archive(checkpoint.container())) {
    diagnosis.loads = false;
    diagnosis.python_message = python_archive_error();
    return;
  }
  Comparison comparison = compare_strictly(as_it_lies(checkpoint), target.schema);
  diagnosis.loads = comparison.loads();
  diagnosis.python_message = python_load_error(comparison, target.module);
  diagnosis.missing = std::move(comparison.missing);
  diagnosis.unexpected = std::move(comparison.unexpected);
  diagnosis.mismatched = std::move(comparison.mismatched);
}

// Of networks with the same tensors the one that was asked for.
const ModelConfig& computing_network(const Reading& reading, const std::optional<Target>& target) {
  return target && target->network == reading.network ? target->config : reading.config;
}

// Twice the tensors that agree over those of both; the file's own counts of classes and anchors.
double score(const Interpretation& found, std::size_t schema_size) {
  const std::size_t both = found.ours.tensors.size() + found.classifier_keys.size() + schema_size;
  return 2.0 * static_cast<double>(found.reading.explained) / static_cast<double>(both);
}

void name_candidates(const Interpretation& found, const NetworkIndex& networks,
                     Diagnosis& diagnosis) {
  if (found.reading.network == nullptr) return;
  const Comparison& left = found.reading.remaining;
  const std::size_t own_size =
      found.coverage == Coverage::detector
          ? found.reading.named + left.missing.size() + left.not_tensors.size()
          : found.reading.network->schema.size();
  for (const std::string& name : found.model_names())
    diagnosis.candidates.push_back({name, score(found, own_size)});
  for (const RankedNetwork& entry : networks.ranked(found.ours.tensors)) {
    if (entry.network == found.reading.network || entry.agreement < kLowestScore) continue;
    if (diagnosis.candidates.size() >= kMostCandidates) break;
    for (const std::string& name : entry.network->distinct_names())
      diagnosis.candidates.push_back({name, entry.agreement});
  }
  std::ranges::stable_sort(diagnosis.candidates, std::greater(), &ModelCandidate::score);
}

void apply_rules(std::span<const Rule> rules, const Evidence& evidence,
                 std::vector<Cause>& causes) {
  for (const Rule& rule : rules) {
    if (auto cause = rule.examine(evidence)) causes.push_back(*std::move(cause));
  }
}

// What a repair can make of the file: of another network than the one asked for, that network's.
std::string reachable_model(const Evidence& evidence) {
  std::vector<Cause> causes;
  apply_rules(network_rules(), evidence, causes);
  for (const Cause& cause : causes)
    if (cause.fix.kind == FixKind::use_model) return cause.fix.model;
  if (evidence.target != nullptr) return evidence.target->name;
  const Network* network = evidence.found.reading.network;
  return network == nullptr ? "" : network->names.front();
}

// Of mmdetection's names no file says in which order the numbers of a box are.
bool leaves_values_untold(const Cause& cause) {
  return cause.code == CauseCode::arch_implementation && !cause.fix.lossless;
}

// No repair is proposed that would be refused. Prefixes come off by converting all the same.
void withdraw_repairs(const Evidence& evidence, std::vector<Cause>& causes) {
  const bool refused = std::ranges::any_of(causes, [](const Cause& cause) {
    return leaves_values_untold(cause) ||
           (hinders_repair(cause) && cause.fix.kind != FixKind::use_model);
  });
  if (!refused) return;
  for (Cause& cause : causes) {
    if (!cause.fix.command.starts_with("effgate repair ")) continue;
    if (cause.code == CauseCode::keys_prefix) {
      cause.fix = convert_fix(evidence, cause.fix.kind, "", cause.fix.lossless);
    } else {
      cause.fix.command.clear();
    }
  }
}

// What Python complains about and no rule explains, such as weights that the target's own
// implementation keeps and never reads.
void explain_rest(Diagnosis& diagnosis) {
  const bool told = std::ranges::find(diagnosis.causes, ProblemSeverity::blocks,
                                      &Cause::severity) != diagnosis.causes.end();
  if (told || diagnosis.loads.value_or(true)) return;
  const auto add = [&](CauseCode code, std::string_view what,
                       const std::vector<std::string>& names) {
    if (names.empty()) return;
    diagnosis.causes.push_back(
        make_cause(code, ProblemSeverity::blocks,
                   fmt::format("{} has {} {} keys.", diagnosis.target, names.size(), what)));
    diagnosis.causes.back().evidence = some_of(names);
  };
  std::vector<std::string> missing = diagnosis.missing;
  for (const ShapeMismatch& mismatch : diagnosis.mismatched) missing.push_back(mismatch.key);
  add(CauseCode::keys_missing, "missing", missing);
  add(CauseCode::keys_unexpected, "unexpected", diagnosis.unexpected);
}

}  // namespace

Diagnosis diagnose_checkpoint(const Checkpoint& checkpoint, const NetworkIndex& networks,
                              const std::optional<std::string>& model) {
  std::optional<Target> target;
  if (model) target = *find_target(*model, networks);
  Diagnosis diagnosis;
  diagnosis.target = target ? target->name : "";
  diagnosis.causes = file_causes(checkpoint);
  if (!names_are_whole(checkpoint)) {
    if (target) diagnosis.loads = false;
    return diagnosis;
  }
  if (target) compare_as_python_does(checkpoint, *target, diagnosis);
  const Network* network = target ? target->network : nullptr;
  Evidence evidence{checkpoint,
                    networks,
                    target ? &*target : nullptr,
                    interpret(stored_state(checkpoint), networks, network),
                    {}};
  evidence.foreign = evidence.found.is_foreign(network);
  evidence.values =
      value_facts(checkpoint, evidence.found, computing_network(evidence.found.reading, target));
  if (!evidence.foreign) name_candidates(evidence.found, networks, diagnosis);
  evidence.model = reachable_model(evidence);
  for (const auto& rules : {wrapping_rules(), network_rules(), tensor_rules(), ambiguity_rules()})
    apply_rules(rules, evidence, diagnosis.causes);
  explain_rest(diagnosis);
  withdraw_repairs(evidence, diagnosis.causes);
  sort_causes(diagnosis.causes);
  return diagnosis;
}

}  // namespace effgate
