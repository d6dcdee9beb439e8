#include "harness/checkpoint/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/checkpoint/safetensors_reader.h"
#include "harness/checkpoint/torch_legacy.h"
#include "harness/checkpoint/torch_zip.h"

namespace effgate {
namespace {

Status refuse_key(const OpenOptions& options) {
  if (options.key.empty()) return success();
  return Error{ErrorKind::not_found,
               fmt::format("it has no keys, so none is called {}", options.key)};
}

Status read_container(std::span<const std::byte> bytes, const OpenOptions& options,
                      Findings& findings) {
  const FirstLook look = recognise(bytes);
  findings.container = look.container;
  switch (look.container) {
    case Container::safetensors: read_safetensors(bytes, findings); return refuse_key(options);
    case Container::legacy: return read_torch_legacy(bytes, options, findings);
    case Container::zip:
    case Container::torch_archive:
    case Container::torchscript: return read_torch_zip(bytes, options, findings);
    case Container::tensorflow:
      findings.writer = "TensorFlow";
      findings.report(FileProblem::not_a_checkpoint,
                      "It is the index of a TensorFlow checkpoint, which only TensorFlow reads.");
      return success();
    case Container::unknown: break;
  }
  if (look.bare_pickle) {
    read_bare_pickle(bytes, findings);
  } else {
    findings.report(FileProblem::not_a_checkpoint, fmt::format("It is {}.", look.foreign));
  }
  return success();
}

// What keeps the tensors from being used comes first, and what is dangerous before all.
void order_problems(std::vector<Problem>& problems) {
  const auto urgency = [](const Problem& problem) {
    const int kind = problem.code == FileProblem::unsafe         ? 0
                     : problem.code == FileProblem::whole_module ? 1
                                                                 : 2;
    return std::pair(problem.severity, kind);
  };
  std::ranges::stable_sort(problems, {}, urgency);
}

// A training checkpoint may hold a module beside the state dict that is read.
void soften_module_beside_state_dict(Findings& findings) {
  if (findings.tensors.empty()) return;
  for (Problem& problem : findings.problems) {
    if (problem.code == FileProblem::whole_module) problem.severity = ProblemSeverity::note;
  }
}

}  // namespace

Result<Findings> read_checkpoint(std::span<const std::byte> bytes, const OpenOptions& options) {
  Findings findings;
  EFFGATE_TRY(read_container(bytes, options, findings));
  soften_module_beside_state_dict(findings);
  order_problems(findings.problems);
  return findings;
}

}  // namespace effgate
