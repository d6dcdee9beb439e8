#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/report_data.h"

namespace effgate {

// The forward times of one network, dtype and size in several libraries, to be read side by side.
struct TimingGroup {
  struct Line {
    std::size_t cell = 0;  // index in ReportData::cells
    double median = 0;     // seconds
    double low = 0;        // 95 % interval of the median over fresh processes and samples
    double high = 0;
    double ratio = 1;  // to the first line
    std::vector<double> samples;
  };
  std::string title;
  std::vector<Line> lines;
  double axis_low = 0;  // seconds; what the strip of dots spans
  double axis_high = 0;
};

// Only cells that have forward samples; device time is preferred where every sample has it.
std::vector<TimingGroup> timing_groups(const std::vector<ReportCell>& cells);

// "12.3 ms", "1.20 s".
std::string seconds_text(double seconds);

}  // namespace effgate
