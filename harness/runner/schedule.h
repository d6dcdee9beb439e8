#pragma once

#include <cstddef>
#include <vector>

#include "harness/matrix/cell.h"

namespace effgate {

// Cells that differ in nothing but the library, as indices into the cells given. Their times are
// compared, so their processes alternate: A B C, A B C, …
using CellGroup = std::vector<std::size_t>;

// Groups that are measured and recorded together, in the order of the suite.
using CellBatch = std::vector<CellGroup>;

// Batches of some dozens of cells: what an interruption may cost is one of them, and a library is
// loaded once in each.
std::vector<CellBatch> batches_of(const std::vector<const Cell*>& cells);

}  // namespace effgate
