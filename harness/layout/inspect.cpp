#include "harness/layout/inspect.h"

#include <utility>

#include "harness/layout/compare.h"
#include "harness/layout/naming.h"
#include "harness/layout/prefix.h"

namespace effgate {
namespace {

std::vector<std::string> names_of(const std::vector<ParamSpec>& tensors) {
  std::vector<std::string> names;
  for (const ParamSpec& tensor : tensors) names.push_back(tensor.name);
  return names;
}

// Layout, wrappers and candidates. Each copy of all names is given back before the next is made,
// since a hostile file may have thousands of tensors.
void recognise_network(const Checkpoint& checkpoint, Inspection& inspection) {
  StoredState state = stored_state(checkpoint);
  const std::vector<std::string> prefixes = wrapper_prefixes(names_of(state.tensors));
  inspection.wrappers.insert(inspection.wrappers.end(), prefixes.begin(), prefixes.end());
  Unwrapped bare = unwrapped(std::move(state), prefixes);
  inspection.wrappers.insert(inspection.wrappers.end(), bare.inner.begin(), bare.inner.end());
  state = std::move(bare.state);
  const Recognition recognition = recognise(names_of(state.tensors));
  inspection.layout = to_string(recognition.layout);
  inspection.layout_detail = recognition.detail;
  CandidateList list = model_candidates(std::move(state), recognition.layout);
  inspection.candidates = std::move(list.models);
  inspection.counts = list.counts;
}

}  // namespace

Inspection inspect_checkpoint(const Checkpoint& checkpoint) {
  Inspection inspection;
  inspection.file = checkpoint.path().string();
  inspection.bytes = checkpoint.file_bytes();
  inspection.container = to_string(checkpoint.container());
  inspection.writer = checkpoint.writer();
  inspection.wrappers = checkpoint.wrappers();
  recognise_network(checkpoint, inspection);
  inspection.problems = checkpoint.problems();
  inspection.state_dicts = checkpoint.state_dicts();
  inspection.other_entries = checkpoint.other_entries();
  inspection.inert_globals = checkpoint.inert_globals();
  return inspection;
}

}  // namespace effgate
