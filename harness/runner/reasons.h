#pragma once

#include <span>
#include <string_view>

#include "harness/store/cell_status.h"

namespace effgate {

struct ReasonMeaning {
  std::string_view code;
  std::string_view meaning;
};

// The closed list of reason codes that a status may carry; empty for pass. Load statuses carry the
// codes of `explain`.
std::span<const ReasonMeaning> reasons_of(CellStatus status);
bool is_reason_of(CellStatus status, std::string_view code);

}  // namespace effgate
