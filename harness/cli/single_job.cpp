#include "harness/cli/single_job.h"

#include <fmt/format.h>

#include <chrono>

#include "harness/base/files.h"
#include "harness/base/text.h"
#include "harness/process/run.h"

namespace effgate {
namespace {

// What a process that wrote no end record did instead.
EndRecord end_without_record(const Finished& finished) {
  if (const auto* killed = std::get_if<Killed>(&finished.outcome)) {
    const bool late = killed->reason == KillReason::timed_out;
    return EndRecord{late ? "timeout" : "not_run", late ? "deadline" : "interrupted",
                     to_string(finished.outcome), 0};
  }
  return EndRecord{"crash", "signal", "the cell process " + to_string(finished.outcome), 0};
}

JobAnswer answer_from(const Finished& finished, std::vector<CellRecordLine> records) {
  JobAnswer answer{std::move(records), {}, std::string(trim(finished.error))};
  if (!answer.records.empty()) {
    if (const auto* end = std::get_if<EndRecord>(&answer.records.back())) {
      answer.end = *end;
      return answer;
    }
  }
  answer.end = end_without_record(finished);
  return answer;
}

}  // namespace

Result<JobAnswer> run_single_job(const Places& places, const CellJob& job, double limit_s,
                                 const StopRequest* stop) {
  EFFGATE_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
  const std::filesystem::path job_path = folder.path() / "job.json";
  const std::filesystem::path result_path = folder.path() / "result.jsonl";
  EFFGATE_TRY(write_file_atomically(job_path, to_json_line(job)));
  Command command;
  command.argv = {places.installation.cell.string(), "--job", job_path.string(), "--result",
                  result_path.string()};
  command.environment = {{"OMP_WAIT_POLICY", "PASSIVE"},
                         {"OMP_NUM_THREADS", std::to_string(job.environment.intra_op_threads)},
                         {"EFFGATE_FIXTURES", places.fixtures().string()}};
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(limit_s * 1000));
  EFFGATE_ASSIGN(const Finished finished, run_process_for(command, limit, stop));
  const Result<std::string> content = read_text_file(result_path);
  return answer_from(finished, whole_records(content.ok() ? *content : std::string()));
}

Error failure_of(const JobAnswer& answer, std::string_view what) {
  const bool file = answer.end.status == "unreadable" || answer.end.status == "unsafe" ||
                    answer.end.status == "load_mismatch";
  const std::string detail = answer.end.message.empty() ? answer.error_output : answer.end.message;
  return Error{file ? ErrorKind::malformed : ErrorKind::library,
               fmt::format("{}: {}: {}", what, answer.end.status, detail)};
}

}  // namespace effgate
