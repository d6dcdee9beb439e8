#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "harness/backend/executor.h"
#include "harness/cell/endings.h"
#include "harness/cell/input.h"
#include "harness/cell/records.h"
#include "harness/cell/weights.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// One job on its way: where it is, what it has. Members come in the order in which they are made
// and are destroyed in reverse, since each borrows from those before it.
struct NetworkRun {
  NetworkRun(const CellJob& job_in, const Library& library_in, RecordFile& records_in)
      : job(job_in), library(library_in), records(records_in) {}

  const CellJob& job;
  const Library& library;
  RecordFile& records;
  Stage stage = Stage::library;
  std::optional<EndRecord> ending;  // where it says more than an Error can

  DType dtype = DType::float32;
  ModelConfig model;  // sized for the input
  std::optional<Session> session;
  std::optional<Weights> weights;
  InputBatch input;
  Graph graph;
  std::unique_ptr<Executor> executor;
};

// Loads the checkpoint into the job's network on the library and sets its input. On an error that
// is an ending of its own, `run.ending` is set.
Status prepare(NetworkRun& run, DType dtype);

}  // namespace effgate
