#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace effgate {

// What a page shows, as plain records: a run as it was stored and the verdicts on it. Nothing here
// is computed by the page but sums, medians and their intervals.

// The library that is the truth's own code, and not one under test.
inline constexpr std::string_view kReference = "reference";

struct DriftValue {
  std::string tap;     // class/3, box/5, det
  std::string metric;  // rel_rms, max_abs, …
  double value = 0;
};

struct TimingValue {
  std::string phase;
  std::int64_t restart = 0;
  double seconds = 0;
  std::optional<double> device_seconds;
};

struct ReportCause {
  std::string code;
  std::string severity;  // blocks, changes, note
  std::string summary;
  std::vector<std::string> evidence;
  std::string fix;  // a command, or ""

  friend bool operator==(const ReportCause&, const ReportCause&) = default;
};

struct ReportCell {
  std::string name;  // the stable name
  std::string checkpoint;
  std::string model;
  std::string library;
  std::string device;
  std::string dtype;
  std::string size;
  std::string further;  // `+key=value` axes that are not at their default
  std::string status;
  std::string reason;
  std::string message;
  std::string reproduce;  // the command that runs this cell again
  std::string output;     // the end of what its process wrote to standard error
  double seconds = 0;
  std::uint64_t max_rss_bytes = 0;
  std::vector<DriftValue> drift;
  std::vector<TimingValue> timing;
  std::vector<ReportCause> causes;  // why it did not load, in the order in which to undo them
};

struct ReportLibrary {
  std::string name;
  std::string version;  // as the loaded library told it
  std::string path;
  std::string build;
};

enum class Tone { good, warn, bad, mute };

struct ReportFinding {
  std::string weight;  // closes, not_measured, undecides or waived
  std::string sentence;
  std::string cell;  // a stable name, or ""
  std::string value;
  std::string limit;
};

struct ReportVerdict {
  Tone tone = Tone::mute;
  std::string comparison;  // torch-2.6.0 → torch-2.15.0, or against run 1
  std::string headline;
  std::string sentence;
  std::vector<ReportFinding> findings;
};

struct ReportData {
  std::string suite;
  std::string started;  // UTC
  std::string program_version;
  std::vector<std::pair<std::string, std::string>> conditions;
  std::string policy;  // the text of the first verdict's, or without one of the run's
  std::vector<ReportLibrary> libraries;
  std::vector<ReportCell> cells;  // in suite order
  // The newest of each comparison, the worst first; none that the run has outgrown.
  std::vector<ReportVerdict> verdicts;
};

}  // namespace effgate
