#pragma once

#include <string>

#include "reports/report_data.h"

namespace effgate {

// One line a cell, with the same columns in every format: what the cell is, how it ended, its
// largest drift and its median forward time.
std::string render_csv(const ReportData& data);
std::string render_markdown(const ReportData& data);
// The document effgate.run/1: every cell with all its drift and timing values.
std::string render_json(const ReportData& data);

}  // namespace effgate
