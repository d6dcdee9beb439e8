#include "harness/runner/schedule.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace effgate {
namespace {

constexpr std::size_t kBatchCells = 48;

std::vector<CellGroup> groups_of(const std::vector<const Cell*>& cells) {
  std::vector<CellGroup> groups;
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto [at, fresh] = known.emplace(name_without_library(*cells[i]), groups.size());
    if (fresh) groups.emplace_back();
    groups[at->second].push_back(i);
  }
  return groups;
}

}  // namespace

std::vector<CellBatch> batches_of(const std::vector<const Cell*>& cells) {
  std::vector<CellBatch> batches;
  std::size_t room = 0;
  for (CellGroup& group : groups_of(cells)) {
    if (room < group.size()) {
      batches.emplace_back();
      room = kBatchCells;
    }
    room -= std::min(room, group.size());
    batches.back().push_back(std::move(group));
  }
  return batches;
}

}  // namespace effgate
