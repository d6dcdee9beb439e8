#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "reports/report_data.h"

namespace effgate {

// The figures that stand for a whole cell, wherever it is shown. Nothing where it was not measured.

// The largest `rel_rms` of any output.
std::optional<double> largest_drift(const ReportCell& cell);
// Of every sample of the forward pass, in seconds.
std::optional<double> median_forward(const ReportCell& cell);

// The fragment under which the page shows the cell of this index.
std::string anchor_of(std::size_t cell);

}  // namespace effgate
