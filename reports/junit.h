#pragma once

#include <string>

#include "harness/base/result.h"
#include "reports/report_data.h"

namespace effgate {

// The run as a JUnit document: one test case a cell, grouped by library. A cell whose outputs or
// loading are wrong is a failure; one that ended badly is an error; one that cannot run here, or
// was not to, is skipped. Where there are verdicts, a suite `gate` comes first, with a case for
// each finding: a failure where it closes the gate, an error where it leaves the verdict open to
// doubt, skipped where it is waived. Where none of a verdict's fails, a case tells the verdict
// itself.
Result<std::string> render_junit(const ReportData& data);

}  // namespace effgate
