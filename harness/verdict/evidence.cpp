#include "harness/verdict/evidence.h"

#include <algorithm>
#include <map>
#include <utility>

#include "harness/base/version.h"

namespace effgate {
namespace {

template <typename Row>
std::vector<Row> taken(std::map<CellId, std::vector<Row>>& rows, CellId cell) {
  const auto found = rows.find(cell);
  return found == rows.end() ? std::vector<Row>() : std::move(found->second);
}

}  // namespace

std::vector<std::string> library_names(const RunEvidence& run) {
  std::vector<std::string> names;
  for (const FinishedCell& cell : run.cells) names.push_back(cell.cell.library);
  std::ranges::sort(names, library_name_less);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

Result<RunEvidence> read_evidence(const Store& store, RunId run) {
  RunEvidence evidence;
  EFFGATE_ASSIGN(evidence.run, store.run(run));
  EFFGATE_ASSIGN(evidence.libraries, store.libraries(run));
  EFFGATE_ASSIGN(std::vector<StoredCell> cells, store.cells(run));
  EFFGATE_ASSIGN(auto drift, store.drift_of_run(run));
  EFFGATE_ASSIGN(auto fingerprints, store.fingerprints_of_run(run));
  EFFGATE_ASSIGN(auto timing, store.timing_of_run(run));
  for (StoredCell& stored : cells)
    evidence.cells.push_back({std::move(stored.cell), taken(drift, stored.id),
                              taken(fingerprints, stored.id), taken(timing, stored.id)});
  return evidence;
}

}  // namespace effgate
