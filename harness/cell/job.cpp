#include "harness/cell/job.h"

#include <new>

#include "harness/cell/adapter.h"
#include "harness/cell/forward_job.h"
#include "harness/cell/measure_job.h"
#include "harness/cell/network_run.h"
#include "harness/cell/recipe_job.h"

namespace effgate {
namespace {

Status run_kind(NetworkRun& run) {
  const CellJob& job = run.job;
  switch (job.kind) {
    case JobKind::measure: EFFGATE_TRY(prepare(run, job.dtype)); return measure(run);
    case JobKind::forward:
      EFFGATE_TRY(prepare(run, job.dtype));
      return write_forward(run, job.detections, job.taps);
    case JobKind::truth:
      EFFGATE_TRY(prepare(run, DType::float64));
      return write_forward(run, true, false);
    case JobKind::make_recipe:
      run.stage = Stage::output;
      return make_recipe(job, run.library, fixtures_folder());
  }
  return success();
}

std::uint64_t peak_device_bytes(const NetworkRun& run) {
  if (!run.session || run.session->table().peak_device_bytes == nullptr) return 0;
  std::uint64_t bytes = 0;
  char text[256] = "";
  run.session->table().peak_device_bytes(run.session->get(), &bytes, {text, sizeof text});
  return bytes;
}

EndRecord run_to_its_end(const CellJob& job, const Library& library, RecordFile& records) {
  apply_faults(job.adapter);
  NetworkRun run(job, library, records);
  const Status status = run_kind(run);
  EndRecord end = run.ending    ? *run.ending
                  : status.ok() ? measured()
                                : ending_of(run.stage, status.error());
  end.peak_device_bytes = peak_device_bytes(run);
  return end;
}

// Everything the job had is freed when its end is recorded, so there is room for the record.
EndRecord end_within_memory(const CellJob& job, const Library& library, RecordFile& records) {
  try {
    return run_to_its_end(job, library, records);
  } catch (const std::bad_alloc&) {
    return ending_of(Stage::compute, {ErrorKind::out_of_memory, "running the cell: out of memory"});
  }
}

}  // namespace

Status run_job(const CellJob& job, const Library& library, RecordFile& records) {
  return records.append(end_within_memory(job, library, records));
}

Status record_missing_library(const Error& error, RecordFile& records) {
  return records.append(ending_of(Stage::library, error));
}

}  // namespace effgate
