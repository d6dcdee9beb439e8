#include "harness/verdict/pairs.h"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "harness/verdict/judgement.h"

namespace effgate {
namespace {

using Keys = std::function<std::string(const CellRecord&)>;

// Everything that tells cells of one library apart.
std::string key_without_library(const CellRecord& cell) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", cell.model, cell.checkpoint,
                     cell.device, cell.dtype, cell.size, cell.input, cell.loader, cell.batch,
                     cell.further, cell.threads);
}

Standing standing_of(CellStatus status) {
  switch (status) {
    case CellStatus::pass: return Standing::works;
    case CellStatus::library_missing:
    case CellStatus::error: return Standing::not_measured;
    case CellStatus::skipped: return Standing::left_out;
    case CellStatus::not_run: return Standing::absent;
    default: return Standing::fails;
  }
}

Side side_of(const Policy& policy, const FinishedCell& cell) {
  const CellStatus status = judged_status(policy, cell);
  return {&cell, status, standing_of(status)};
}

std::vector<const FinishedCell*> cells_of(const RunEvidence& run, std::string_view library) {
  std::vector<const FinishedCell*> cells;
  for (const FinishedCell& cell : run.cells)
    if (library.empty() || cell.cell.library == library) cells.push_back(&cell);
  return cells;
}

std::vector<CellPair> paired(const std::vector<const FinishedCell*>& from,
                             const std::vector<const FinishedCell*>& to, const Keys& key_of,
                             const Policy& policy) {
  std::map<std::string, const FinishedCell*, std::less<>> earlier;
  for (const FinishedCell* cell : from) earlier.emplace(key_of(cell->cell), cell);
  std::vector<CellPair> pairs;
  for (const FinishedCell* cell : to) {
    CellPair pair{{}, side_of(policy, *cell)};
    if (const auto found = earlier.extract(key_of(cell->cell)))
      pair.from = side_of(policy, *found.mapped());
    pairs.push_back(pair);
  }
  for (const FinishedCell* cell : from)
    if (earlier.contains(key_of(cell->cell))) pairs.push_back({side_of(policy, *cell), {}});
  return pairs;
}

}  // namespace

CellStatus judged_status(const Policy& policy, const FinishedCell& cell) {
  const CellStatus recorded = cell.cell.status;
  const bool follows_from_drift = recorded == CellStatus::pass || recorded == CellStatus::drift ||
                                  recorded == CellStatus::nonfinite;
  if (!follows_from_drift || cell.drift.empty()) return recorded;
  return judge_cell(policy, cell.cell.dtype, cell.drift).status;
}

std::vector<CellPair> pair_libraries(const RunEvidence& run, std::string_view from_library,
                                     std::string_view to_library, const Policy& policy) {
  return paired(cells_of(run, from_library), cells_of(run, to_library), key_without_library,
                policy);
}

std::vector<CellPair> pair_runs(const RunEvidence& baseline, const RunEvidence& run,
                                const Policy& policy) {
  return paired(
      cells_of(baseline, {}), cells_of(run, {}), [](const CellRecord& cell) { return cell.name; },
      policy);
}

}  // namespace effgate
