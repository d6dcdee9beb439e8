#pragma once

#include "harness/base/result.h"
#include "harness/store/store.h"
#include "reports/report_data.h"

namespace effgate {

// A recorded run, and the newest verdict of each comparison that was made since it last changed.
Result<ReportData> load_report(const Store& store, RunId run);

// A verdict as a page shows it.
ReportVerdict report_verdict(const VerdictRecord& verdict);

}  // namespace effgate
