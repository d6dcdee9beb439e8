#include "reports/load_failures.h"

#include <algorithm>

namespace effgate {

std::vector<LoadFailure> load_failures(const std::vector<ReportCell>& cells) {
  std::vector<LoadFailure> failures;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const ReportCell& cell = cells[i];
    if (cell.causes.empty()) continue;
    auto same = std::ranges::find_if(failures, [&](const LoadFailure& failure) {
      return failure.checkpoint == cell.checkpoint && failure.model == cell.model &&
             failure.causes == cell.causes;
    });
    if (same == failures.end())
      same = failures.insert(same, {cell.checkpoint, cell.model, cell.causes, {}});
    same->cells.push_back(i);
  }
  return failures;
}

}  // namespace effgate
