#include "harness/runner/ending.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>
#include <system_error>

#include "harness/base/text.h"
#include "harness/runner/reasons.h"

namespace effgate {
namespace {

constexpr std::size_t kMessageBytes = 2000;
constexpr std::string_view kCellPrefix = "effgate-cell: ";

std::string short_text(std::string_view text) {
  return printable_utf8(trim(text).substr(0, kMessageBytes));
}

// The last lines of standard error on one line.
std::string last_words(std::string_view stderr_tail) {
  std::vector<std::string> lines = split(trim(stderr_tail), '\n');
  constexpr std::size_t kLines = 3;
  if (lines.size() > kLines) lines.erase(lines.begin(), lines.end() - kLines);
  const std::string text = short_text(join(lines, " | "));
  return text.empty() ? "" : ": " + text;
}

bool speaks_of_memory(std::string_view text) {
  static constexpr std::array<std::string_view, 5> kWords = {
      "bad_alloc", "out of memory", "Cannot allocate memory", "not enough memory",
      "can't allocate memory"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  });
}

std::string_view crash_reason(int signal) {
  switch (signal) {
    case SIGSEGV: return "segmentation_fault";
    case SIGABRT: return "abort";
    case SIGBUS: return "bus_error";
    case SIGILL: return "illegal_instruction";
    case SIGFPE: return "floating_point";
    case SIGKILL: return "killed";
    default: return "other_signal";
  }
}

CellEnding after_signal(const JobEnd& end, const Signalled& signal) {
  if (signal.number == SIGABRT && speaks_of_memory(end.stderr_tail)) {
    return {CellStatus::oom, "host_memory", "out of memory" + last_words(end.stderr_tail)};
  }
  return {CellStatus::crash, std::string(crash_reason(signal.number)),
          to_string(end.outcome) + last_words(end.stderr_tail)};
}

CellEnding after_kill(KillReason reason, double timeout_s) {
  switch (reason) {
    case KillReason::timed_out:
      return {CellStatus::timeout, "deadline",
              fmt::format("ran past its limit of {} s", number_text(timeout_s))};
    case KillReason::over_memory:
      return {CellStatus::oom, "memory_limit", "used more memory than memory_mb allows"};
    case KillReason::interrupted:
    case KillReason::abandoned: break;
  }
  return {CellStatus::not_run, "not_reached", "the run ended before it"};
}

CellEnding after_exit_without_a_word(const JobEnd& end) {
  const std::vector<std::string> lines = split(trim(end.stderr_tail), '\n');
  if (lines.back().starts_with(kCellPrefix)) {
    return {CellStatus::error, "defect", short_text(lines.back().substr(kCellPrefix.size()))};
  }
  if (speaks_of_memory(end.stderr_tail)) {
    return {CellStatus::oom, "host_memory", "out of memory" + last_words(end.stderr_tail)};
  }
  return {CellStatus::crash, "exited",
          to_string(end.outcome) + " in the middle of its work" + last_words(end.stderr_tail)};
}

CellEnding from_record(const EndRecord& record) {
  if (record.status == "measured") return {};
  const auto status = cell_status_from_string(record.status);
  if (!status || *status == CellStatus::pass) {
    return {CellStatus::error, "defect",
            "the cell ended with the unknown status '" + short_text(record.status) + "'"};
  }
  if (!is_reason_of(*status, record.reason)) {
    return {CellStatus::error, "defect",
            fmt::format("the cell ended as {} with the unknown reason '{}': {}", to_string(*status),
                        short_text(record.reason), short_text(record.message))};
  }
  return {*status, record.reason, short_text(record.message)};
}

const EndRecord* end_record(const JobEnd& end) {
  for (const CellRecordLine& line : end.records) {
    if (const auto* record = std::get_if<EndRecord>(&line)) return record;
  }
  return nullptr;
}

}  // namespace

CellEnding ending_of(const JobEnd& end, double timeout_s) {
  if (end.not_loaded) {
    return {CellStatus::library_missing, "not_loaded", short_text(*end.not_loaded)};
  }
  if (const auto* killed = std::get_if<Killed>(&end.outcome)) {
    return after_kill(killed->reason, timeout_s);
  }
  if (const auto* signalled = std::get_if<Signalled>(&end.outcome)) {
    return after_signal(end, *signalled);
  }
  const EndRecord* record = end_record(end);
  return record != nullptr ? from_record(*record) : after_exit_without_a_word(end);
}

CellEnding ending_of_unknown_model(const Error& error, const std::filesystem::path& file) {
  struct Row {
    ErrorKind kind;
    CellStatus status;
    std::string_view reason;
  };
  static constexpr std::array<Row, 5> kRows = {{
      {ErrorKind::unsafe, CellStatus::unsafe, "file.unsafe"},
      {ErrorKind::truncated, CellStatus::unreadable, "file.truncated"},
      {ErrorKind::malformed, CellStatus::unreadable, "file.corrupt"},
      {ErrorKind::not_found, CellStatus::unreadable, "file.not_found"},
      {ErrorKind::refused, CellStatus::load_mismatch, "arch.foreign"},
  }};
  std::error_code ignored;
  if (error.kind == ErrorKind::not_found && std::filesystem::exists(file, ignored))
    return {CellStatus::unreadable, "file.no_state_dict", short_text(error.message)};
  for (const Row& row : kRows) {
    if (row.kind == error.kind) {
      return {row.status, std::string(row.reason), short_text(error.message)};
    }
  }
  return {CellStatus::unreadable, "file.not_a_checkpoint", short_text(error.message)};
}

}  // namespace effgate
