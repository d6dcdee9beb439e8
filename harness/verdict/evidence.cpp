#include "harness/verdict/evidence.h"

#include <map>
#include <utility>

namespace effgate {
namespace {

template <typename Row>
std::vector<Row> taken(std::map<CellId, std::vector<Row>>& rows, CellId cell) {
  const auto found = rows.find(cell);
  return found == rows.end() ? std::vector<Row>() : std::move(found->second);
}

}  // namespace

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
