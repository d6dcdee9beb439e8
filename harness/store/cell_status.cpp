#include "harness/store/cell_status.h"

#include <algorithm>

namespace effgate {

static_assert(kCellStatusNames.size() == static_cast<std::size_t>(CellStatus::error) + 1);

std::string_view to_string(CellStatus status) {
  return kCellStatusNames.at(static_cast<std::size_t>(status));
}

std::optional<CellStatus> cell_status_from_string(std::string_view name) {
  const auto found = std::ranges::find(kCellStatusNames, name);
  if (found == kCellStatusNames.end()) return std::nullopt;
  return static_cast<CellStatus>(found - kCellStatusNames.begin());
}

}  // namespace effgate
