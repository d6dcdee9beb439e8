#pragma once

#include <string>
#include <string_view>

#include "harness/store/records.h"

namespace effgate {

// The value of an expression's field for a cell as it was recorded, the same that the matrix gives
// for the cell before it ran.
std::string field_of(const CellRecord& cell, std::string_view field);

}  // namespace effgate
