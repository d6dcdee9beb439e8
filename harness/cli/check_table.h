#pragma once

#include "harness/cli/console.h"
#include "harness/verdict/gate.h"

namespace effgate {

// One line a cell: library, dtype, how it ended, largest drift and median forward time.
void print_check_table(Console& console, const RunEvidence& evidence);

}  // namespace effgate
