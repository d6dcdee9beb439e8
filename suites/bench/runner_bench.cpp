// What the harness itself costs a cell: job file, fork, protocol, result file and database. The
// cell asks for a checkpoint that does not exist, so that it ends before any work of its own. The
// target is at most 30 ms for a forked cell.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/runner/process_launcher.h"
#include "harness/store/store.h"

namespace effgate {
namespace {

LaunchRequest request_for(const char* adapter, bool fresh) {
  LaunchRequest request;
  request.job.adapter = adapter;
  request.job.model = "tf_efficientdet_d0";
  request.job.checkpoint_path = "/nonexistent/checkpoint.pth";
  request.fresh = fresh;
  return request;
}

FinishedCell cell_number(std::int64_t number) {
  FinishedCell finished;
  finished.cell.name = "cell " + std::to_string(number);
  finished.cell.status = CellStatus::pass;
  for (int tap = 0; tap < 10; ++tap) {
    for (const char* metric : {"max", "rel_rms", "rel_max", "cosine", "nonfinite"}) {
      finished.drift.push_back({"class/" + std::to_string(tap), metric, 1e-7});
    }
    finished.fingerprints.push_back({"class/" + std::to_string(tap), "0123456789abcdef"});
  }
  return finished;
}

Status run_cell(Launcher& launcher, Store& store, RunId run, const LaunchRequest& request,
                std::int64_t number) {
  EFFGATE_TRY(launcher.start(request));
  EFFGATE_ASSIGN(const auto end, launcher.wait(nullptr));
  if (!end || end->records.empty()) return Error{ErrorKind::bug, "the cell said nothing"};
  EFFGATE_TRY(store.record_cell(run, cell_number(number)));
  return success();
}

// EFFGATE_CELL, or effgate-cell in the folder above this program's.
std::filesystem::path cell_program() {
  if (const char* program = std::getenv("EFFGATE_CELL")) return program;
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return self.parent_path().parent_path() / "effgate-cell";
}

void cells(benchmark::State& state, bool fresh) {
  auto directory = TemporaryDirectory::create();
  if (!directory.ok()) return state.SkipWithError("no temporary directory");
  auto launcher = ProcessLauncher::create(cell_program());
  auto store = Store::create_or_open(directory->path() / "bench.db");
  if (!launcher.ok() || !store.ok()) return state.SkipWithError("no launcher or no database");
  const auto run = store->begin_run({});
  if (!run.ok()) return state.SkipWithError(run.error().message.c_str());
  const LaunchRequest request = request_for("builtin:testing", fresh);
  std::int64_t number = 0;
  for (auto _ : state) {
    const Status status = run_cell(**launcher, *store, *run, request, number++);
    if (!status.ok()) return state.SkipWithError(status.error().message.c_str());
  }
}

BENCHMARK_CAPTURE(cells, forked, false)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(cells, fresh, true)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace effgate

BENCHMARK_MAIN();
