#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/report_data.h"

namespace effgate {

// Cells of one checkpoint and model that do not load for the same causes: one explanation, however
// many libraries and dtypes it concerns.
struct LoadFailure {
  std::string checkpoint;
  std::string model;
  std::vector<ReportCause> causes;
  std::vector<std::size_t> cells;  // indices, in suite order
};

// Cells without causes are in none; the order is that of first appearance.
std::vector<LoadFailure> load_failures(const std::vector<ReportCell>& cells);

}  // namespace effgate
