#pragma once

#include <cstddef>
#include <string_view>

#include "harness/matrix/cell.h"
#include "harness/store/records.h"

namespace effgate {

// Told what a run is doing, on the thread that runs it.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // `open` cells of `total` are still to be measured.
  virtual void started(RunId run, std::size_t open, std::size_t total) = 0;
  // A recipe or a truth that is not in the cache is made; one line.
  virtual void preparing(std::string_view what) = 0;
  virtual void cell_started(const Cell& cell) = 0;
  virtual void cell_finished(const CellRecord& record, std::size_t done, std::size_t open) = 0;
  virtual void warning(std::string_view sentence) = 0;
};

}  // namespace effgate
