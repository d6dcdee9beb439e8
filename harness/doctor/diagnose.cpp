#include "harness/doctor/diagnose.h"

#include <algorithm>
#include <array>

#include "harness/doctor/ambiguity.h"
#include "harness/doctor/python_error.h"
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

std::vector<Cause> file_causes(const Checkpoint& checkpoint) {
  std::vector<Cause> causes;
  for (const Problem& problem : checkpoint.problems()) {
    const CauseCode code = cause_code(problem.code);
    const auto told = std::ranges::find(causes, code, &Cause::code);
    if (told != causes.end()) {
      told->evidence.push_back(problem.summary);
      continue;
    }
    causes.push_back(make_cause(code, problem.severity, problem.summary));
    causes.back().fix.kind = fix_kind(problem.code);
  }
  return causes;
}

bool has_problem(const Checkpoint& checkpoint, FileProblem code) {
  return std::ranges::any_of(checkpoint.problems(), [&](const Problem& problem) {
    return problem.code == code && problem.severity == ProblemSeverity::blocks;
  });
}

// Whether PyTorch, which checks no checksums, gets at the object at all.
bool is_opened_by_python(const Checkpoint& checkpoint) {
  return !checkpoint.tensors().empty() && !has_problem(checkpoint, FileProblem::unsafe) &&
         !has_problem(checkpoint, FileProblem::truncated) &&
         !has_problem(checkpoint, FileProblem::whole_module);
}

// The object that torch.load gives, which is not yet the state dict where that lies under a key.
StoredState as_it_lies(const Checkpoint& checkpoint) {
  if (checkpoint.wrappers().empty()) return stored_state(checkpoint);
  StoredState state;
  for (const auto& [key, text] : checkpoint.outer_entries()) state.others.push_back(key);
  return state;
}

void compare_as_python_does(const Checkpoint& checkpoint, const Target& target,
                            Diagnosis& diagnosis) {
  if (!is_opened_by_python(checkpoint)) {
    diagnosis.loads = false;
    return;
  }
  Comparison comparison = compare_strictly(as_it_lies(checkpoint), target.schema);
  diagnosis.loads = comparison.loads();
  diagnosis.python_message = python_load_error(comparison, target.module);
  diagnosis.missing = std::move(comparison.missing);
  diagnosis.unexpected = std::move(comparison.unexpected);
  diagnosis.mismatched = std::move(comparison.mismatched);
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

// A tensor that is damaged is missing for that reason.
bool is_explained_by_damage(CauseCode code, const Checkpoint& checkpoint) {
  return code == CauseCode::keys_missing && has_problem(checkpoint, FileProblem::corrupt);
}

void apply_rules(const Evidence& evidence, Diagnosis& diagnosis) {
  for (const auto& rules : {wrapping_rules(), network_rules(), tensor_rules(), ambiguity_rules()}) {
    for (const Rule& rule : rules) {
      if (is_explained_by_damage(rule.code, evidence.checkpoint)) continue;
      if (auto cause = rule.examine(evidence)) diagnosis.causes.push_back(*std::move(cause));
    }
  }
}

}  // namespace

Result<Diagnosis> diagnose_checkpoint(const Checkpoint& checkpoint, const NetworkIndex& networks,
                                      const std::optional<std::string>& model) {
  std::optional<Target> target;
  if (model) {
    EFFGATE_ASSIGN(target, find_target(*model, networks));
  }
  Diagnosis diagnosis;
  diagnosis.target = target ? target->name : "";
  diagnosis.causes = file_causes(checkpoint);
  if (target) compare_as_python_does(checkpoint, *target, diagnosis);
  if (checkpoint.tensors().empty() || has_problem(checkpoint, FileProblem::truncated))
    return diagnosis;
  const Network* network = target ? target->network : nullptr;
  Evidence evidence{checkpoint,
                    target ? &*target : nullptr,
                    interpret(stored_state(checkpoint), networks, network),
                    {}};
  evidence.foreign = evidence.found.is_foreign(network);
  evidence.values = value_facts(checkpoint, evidence.found);
  if (!evidence.foreign) name_candidates(evidence.found, networks, diagnosis);
  apply_rules(evidence, diagnosis);
  sort_causes(diagnosis.causes);
  return diagnosis;
}

}  // namespace effgate
