// What a forked cell costs apart from its work: request, fork, job, records, end.
#include <benchmark/benchmark.h>

#include "harness/cell/cell_program.h"

namespace effgate {
namespace {

std::string wait_for_end(CellProgram& program) {
  for (;;) {
    const auto line = program.read_line();
    if (!line) return "no event";
    const auto event = parse_serve_event(*line);
    if (!event.ok()) return event.error().message;
    if (event->what == "ended") return {};
  }
}

// The checkpoint is not there, so the job ends as soon as it looks for it.
void served_cell_that_ends_early(benchmark::State& state) {
  const auto folder = TemporaryDirectory::create();
  if (!folder.ok()) return state.SkipWithError(folder.error().message.c_str());
  CellJob job;
  job.model = "tf_efficientdet_d0";
  job.adapter = "builtin:reference";
  job.checkpoint_path = folder->path() / "not-there.pth";
  const ServeRequest request{1, folder->path() / "job", folder->path() / "result",
                             folder->path() / "stderr"};
  write_text(request.job_path, to_json_line(job));
  CellProgram program({"--serve", job.adapter});
  program.read_line();  // ready
  for (auto iteration : state) {
    static_cast<void>(iteration);
    program.write(to_json_line(request));
    const std::string failure = wait_for_end(program);
    if (!failure.empty()) return state.SkipWithError(failure.c_str());
  }
  program.close_input();
  program.wait();
}
BENCHMARK(served_cell_that_ends_early)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace effgate

BENCHMARK_MAIN();
