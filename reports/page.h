#pragma once

#include <string>

#include "harness/base/result.h"
#include "reports/report_data.h"

namespace effgate {

// One self-contained HTML page: no scripts, styles or pictures from elsewhere, and every text of
// the data escaped by the template engine.
Result<std::string> render_page(const ReportData& data);

}  // namespace effgate
