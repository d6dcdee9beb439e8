#pragma once

#include <vector>

#include "harness/cli/console.h"
#include "reports/report_data.h"

namespace effgate {

// One line a cell: library, dtype, how it ended, largest drift and median forward time.
void print_check_table(Console& console, const std::vector<ReportCell>& cells);

}  // namespace effgate
