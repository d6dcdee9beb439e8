#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/report_data.h"

namespace effgate {

// The cells of a run laid out as checkpoints and models down, libraries and dtypes across. Order is
// that of first appearance in the suite.
struct MatrixTable {
  struct Column {
    std::string library;
    std::string label;  // the dtype; with the device where the run has several
  };
  struct Row {
    std::string model;
    std::string checkpoint;
    std::string axes;  // size and further axes
    // One entry a column: the index of the cell in ReportData::cells, or kEmpty.
    std::vector<std::size_t> cells;
  };
  static constexpr std::size_t kEmpty = static_cast<std::size_t>(-1);

  std::vector<Column> columns;  // columns of one library stand together
  std::vector<Row> rows;
};

MatrixTable lay_out(const std::vector<ReportCell>& cells);

}  // namespace effgate
