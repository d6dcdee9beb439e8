#include "harness/cli/run_progress.h"

#include <fmt/format.h>

namespace effgate {

void RunProgress::started(RunId run, std::size_t open, std::size_t total) {
  open_ = open;
  console_.note(fmt::format("run {}: {} of {} cells to measure", static_cast<std::int64_t>(run),
                            open, total));
}

void RunProgress::preparing(std::string_view what) {
  if (console_.style().err_is_terminal) {
    console_.progress(what);
  } else {
    console_.note(what);
  }
}

void RunProgress::cell_started(const Cell& cell) {
  console_.progress(fmt::format("[{}/{}] {}", done_, open_, cell.name));
}

void RunProgress::cell_finished(const CellRecord& record, std::size_t done, std::size_t open) {
  done_ = done;
  open_ = open;
  const std::string line =
      fmt::format("[{}/{}] {:<13} {}{}{}", done, open, to_string(record.status), record.name,
                  record.message.empty() ? "" : ": ", record.message);
  if (console_.style().err_is_terminal) {
    console_.progress(line);
  } else {
    console_.note(line);
  }
}

void RunProgress::warning(std::string_view sentence) { console_.warn(sentence); }

}  // namespace effgate
