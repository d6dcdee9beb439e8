#include "harness/cell/network_run.h"

#include <chrono>
#include <utility>

#include "harness/cell/adapter.h"
#include "harness/cell/load.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

Status open_session(NetworkRun& run) {
  run.stage = Stage::library;
  EFFGATE_ASSIGN(IdentityRecord identity, identity_of(run.library));
  EFFGATE_TRY(run.records.append(identity));
  run.stage = Stage::device;
  EFFGATE_ASSIGN(const effgate_environment environment,
                 session_environment(run.job.environment, run.job.tf32_cell));
  EFFGATE_ASSIGN(Session session, Session::open(run.library, environment));
  run.session.emplace(std::move(session));
  return success();
}

Status find_network(NetworkRun& run) {
  run.stage = Stage::network;
  EFFGATE_ASSIGN(const ModelConfig entry, find_model(run.job.model));
  ModelOverrides classes;
  classes.num_classes = run.job.num_classes;
  EFFGATE_ASSIGN(run.model, with_overrides(entry, classes));
  return success();
}

Status load(NetworkRun& run) {
  run.stage = Stage::checkpoint;
  Loaded loaded = run.job.loader == "library" ? load_by_library(run.job, run.model, *run.session)
                                              : load_by_effgate(run.job, run.model);
  if (loaded.record) {
    EFFGATE_TRY(run.records.append(*loaded.record));
    EFFGATE_TRY(run.records.append(TimingSample{"checkpoint_read", run.job.timing.restart, 0,
                                                loaded.record->seconds, std::nullopt}));
  }
  if (loaded.ending) {
    run.ending = std::move(loaded.ending);
    return Error{ErrorKind::malformed, run.ending->message};
  }
  run.weights = std::move(loaded.weights);
  return success();
}

Status build(NetworkRun& run) {
  run.stage = Stage::input;
  EFFGATE_ASSIGN(run.input, make_input(run.job, run.model));
  run.stage = Stage::network;
  ModelOverrides size;
  size.height = run.input.height;
  size.width = run.input.width;
  EFFGATE_ASSIGN(run.model, with_overrides(run.model, size));
  size.batch = run.input.batch;
  EFFGATE_ASSIGN(run.graph, build_graph(run.model, size));
  return success();
}

Status upload(NetworkRun& run) {
  run.stage = Stage::compute;
  const auto begin = std::chrono::steady_clock::now();
  EFFGATE_ASSIGN(run.executor,
                 Executor::create(*run.session, run.graph, run.dtype, run.weights->source()));
  EFFGATE_ASSIGN(const std::vector<std::byte> pixels, input_bytes(run.input, run.dtype));
  EFFGATE_TRY(run.executor->set_input(pixels));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  return run.records.append(
      TimingSample{"model_upload", run.job.timing.restart, 0, taken.count(), std::nullopt});
}

}  // namespace

Status prepare(NetworkRun& run, DType dtype) {
  run.dtype = dtype;
  EFFGATE_TRY(open_session(run));
  EFFGATE_TRY(find_network(run));
  EFFGATE_TRY(load(run));
  EFFGATE_TRY(build(run));
  return upload(run);
}

}  // namespace effgate
