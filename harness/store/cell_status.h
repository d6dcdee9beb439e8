#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace effgate {

// How a cell ended; exactly one of these. The names in kCellStatusNames are those of records,
// suites and reports, and the order of both is the same.
enum class CellStatus {
  pass,              // loaded strictly; outputs within the policy of the truth
  drift,             // loaded; outputs beyond the tolerance
  nonfinite,         // loaded; NaN or infinity where the truth has none
  load_mismatch,     // missing keys, unexpected keys or size mismatches
  load_refused,      // the library's own loader refused the file
  unreadable,        // not a checkpoint, truncated or corrupt
  unsafe,            // the file asks to run code
  unsupported,       // no kernel for an operation in this dtype or device
  nondeterministic,  // two runs of the same cell differ
  library_error,     // the library raised an error of its own
  crash,             // ended by a signal
  timeout,           // ran past its limit
  oom,               // ran out of memory
  library_missing,   // the library could not be loaded
  skipped,           // excluded by the suite
  not_run,           // never reached
  error,             // a defect of effgate itself
};

inline constexpr std::array<std::string_view, 17> kCellStatusNames = {
    "pass",   "drift",           "nonfinite",        "load_mismatch", "load_refused", "unreadable",
    "unsafe", "unsupported",     "nondeterministic", "library_error", "crash",        "timeout",
    "oom",    "library_missing", "skipped",          "not_run",       "error",
};

// Whether the checkpoint itself kept the cell from running: load_mismatch to unsafe.
constexpr bool did_not_load(CellStatus status) {
  return status >= CellStatus::load_mismatch && status <= CellStatus::unsafe;
}

std::string_view to_string(CellStatus status);
std::optional<CellStatus> cell_status_from_string(std::string_view name);

}  // namespace effgate
