#pragma once

#include <string>

#include "harness/cli/console.h"
#include "harness/runner/observer.h"

namespace effgate {

// Shows a run: one line that is rewritten on a terminal, a plain line for each cell elsewhere.
class RunProgress final : public RunObserver {
 public:
  explicit RunProgress(Console& console) : console_(console) {}

  void started(RunId run, std::size_t open, std::size_t total) override;
  void preparing(std::string_view what) override;
  void cell_started(const Cell& cell) override;
  void cell_finished(const CellRecord& record, std::size_t done, std::size_t open) override;
  void warning(std::string_view sentence) override;

 private:
  Console& console_;
  std::size_t done_ = 0;
  std::size_t open_ = 0;
};

}  // namespace effgate
