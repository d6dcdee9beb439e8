#include "harness/doctor/diagnose.h"

#include "harness/doctor/python_error.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

Cause cause_of(const Problem& problem) {
  Cause cause;
  cause.code = cause_code(problem.code);
  cause.severity = problem.severity;
  cause.summary = problem.summary;
  return cause;
}

}  // namespace

Diagnosis diagnose_checkpoint(const Checkpoint& checkpoint, const NetworkIndex& networks,
                              const std::optional<std::string>& model) {
  Diagnosis diagnosis;
  diagnosis.target = model.value_or("");
  for (const Problem& problem : checkpoint.problems())
    diagnosis.causes.push_back(cause_of(problem));
  const Network* target = model ? networks.find(*model) : nullptr;
  if (target == nullptr || checkpoint.blocking_problem() != nullptr) return diagnosis;
  Comparison comparison = compare_strictly(stored_state(checkpoint), target->schema);
  diagnosis.loads = comparison.loads();
  diagnosis.python_message = python_load_error(comparison, "EfficientDet");
  diagnosis.missing = std::move(comparison.missing);
  diagnosis.unexpected = std::move(comparison.unexpected);
  diagnosis.mismatched = std::move(comparison.mismatched);
  return diagnosis;
}

}  // namespace effgate
