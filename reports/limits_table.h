#pragma once

#include <string>
#include <vector>

#include "reports/report_data.h"

namespace effgate {

// What the policy allows one dtype of the run, in words. "Signal" is the truth's rms.
struct LimitRow {
  std::string dtype;       // "float16", or "float16, class/3" for an output with its own limits
  std::string rms;         // "1/10000 of the signal", "half of …", "2 times …", "not limited"
  std::string largest;     // the same
  std::string detections;  // "98 of 100 pair up"

  friend bool operator==(const LimitRow&, const LimitRow&) = default;
};

struct LimitsTable {
  std::vector<LimitRow> rows;  // dtypes in the order of the cells
  std::string gate;            // a sentence about time and memory
};

// From the policy's text and the dtypes of the cells; empty where the text is no policy.
LimitsTable limits_table(const ReportData& report);

}  // namespace effgate
