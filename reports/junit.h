#pragma once

#include <string>

#include "harness/base/result.h"
#include "reports/report_data.h"

namespace effgate {

// The run as a JUnit document: one test case a cell, grouped by library. A cell whose outputs or
// loading are wrong is a failure; one that ended badly is an error; one that cannot run here, or
// was not to, is skipped. Where there is a verdict, a suite `gate` comes first: one failed case for
// each finding, or one passed case where the gate is open.
Result<std::string> render_junit(const ReportData& data);

}  // namespace effgate
