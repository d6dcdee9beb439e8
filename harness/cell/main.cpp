// effgate-cell: runs one job, or forks a child for each job it is asked for. What it is told and
// what it answers is in protocol.h.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/cell/adapter.h"
#include "harness/cell/confinement.h"
#include "harness/cell/job.h"
#include "harness/cell/protocol.h"
#include "harness/cell/serve.h"

namespace effgate {
namespace {

enum ExitCode { kDone = 0, kUsage = 2, kFailed = 3 };

int fail(const std::string& what) {
  std::fprintf(stderr, "effgate-cell: %s\n", what.c_str());
  return kFailed;
}

void tell(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

Result<CellJob> read_job(const std::string& path) {
  EFFGATE_ASSIGN(const std::string text, read_text_file(path));
  return parse_job(text);
}

Status run_in_own_process(const std::string& job_path, const std::string& result_path) {
  EFFGATE_ASSIGN(const CellJob job, read_job(job_path));
  EFFGATE_ASSIGN(RecordFile records, RecordFile::open(result_path));
  EFFGATE_TRY(limit_resources(job.memory_bytes));
  const auto begin = std::chrono::steady_clock::now();
  const Result<Library> library = open_adapter(job.adapter);
  if (!library.ok()) return record_missing_library(library.error(), records);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  EFFGATE_TRY(records.append(
      TimingSample{"library_start", job.timing.restart, 0, taken.count(), std::nullopt}));
  return run_job(job, *library, records);
}

Status run_in_child(const ServeRequest& request, const Library& library) {
  EFFGATE_ASSIGN(const CellJob job, read_job(request.job_path));
  EFFGATE_ASSIGN(RecordFile records, RecordFile::open(request.result_path));
  EFFGATE_TRY(limit_resources(job.memory_bytes));
  return run_job(job, library, records);
}

int job_mode(std::span<const std::string> arguments) {
  const Status status = run_in_own_process(arguments[1], arguments[3]);
  return status.ok() ? kDone : fail(status.error().message);
}

int serve_mode(std::span<const std::string> arguments) {
  const Result<Library> library = open_adapter(arguments[1]);
  if (!library.ok()) {
    tell(to_json_line(ServeEvent{0, "failed", 0, 0, 0, library.error().message}));
    return kFailed;
  }
  tell(to_json_line(ServeEvent{0, "ready", getpid(), 0, 0, {}}));
  const Status status = serve(STDIN_FILENO, STDOUT_FILENO, [&](const ServeRequest& request) {
    const Status ran = run_in_child(request, *library);
    if (!ran.ok()) fail(ran.error().message);
  });
  return status.ok() ? kDone : fail(status.error().message);
}

int identify_mode(std::span<const std::string> arguments) {
  const Result<Library> library = open_adapter(arguments[1]);
  if (!library.ok()) return fail(library.error().message);
  const Result<IdentityRecord> identity = identity_of(*library);
  if (!identity.ok()) return fail(identity.error().message);
  tell(to_json_line(CellRecordLine(*identity)));
  return kDone;
}

struct Mode {
  std::vector<std::string> form;  // options literally, "" for any value
  int (*run)(std::span<const std::string> arguments);
};

bool fits(const Mode& mode, std::span<const std::string> arguments) {
  if (arguments.size() != mode.form.size()) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!mode.form[i].empty() && mode.form[i] != arguments[i]) return false;
  }
  return true;
}

int run_main(std::span<const std::string> arguments) {
  const std::vector<Mode> modes = {{{"--job", "", "--result", ""}, job_mode},
                                   {{"--serve", ""}, serve_mode},
                                   {{"--identify", ""}, identify_mode}};
  for (const Mode& mode : modes) {
    if (fits(mode, arguments)) return mode.run(arguments);
  }
  std::fputs(
      "effgate-cell: usage: effgate-cell --job FILE --result FILE | --serve ADAPTER | "
      "--identify ADAPTER\n",
      stderr);
  return kUsage;
}

}  // namespace
}  // namespace effgate

int main(int argc, char** argv) {
  return effgate::run_main(std::vector<std::string>(argv + 1, argv + argc));
}
