#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/backend/batch_statistics.h"
#include "harness/backend/library.h"
#include "harness/base/dtype.h"
#include "harness/base/result.h"
#include "harness/graph/graph.h"

namespace effgate {

// A tensor's content on the host: contiguous row-major bytes in `dtype`.
struct HostTensor {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};

// Gives the bytes of one parameter in the dtype it shall have on the device (contiguous). The span
// stays valid until the executor is destroyed.
using ParamSource = std::function<Result<std::span<const std::byte>>(const ParamSpec&, DType)>;

// One network with its weights on one library. Built once, run many times. Not thread-safe.
// Intermediate tensors are freed after their last use. Every failure names the operation, the
// module it belongs to, the library and the dtype; an operation that the library has no function
// for is ErrorKind::unsupported.
class Executor {
 public:
  // Uploads the parameters the graph reads: floating ones cast to `dtype` by `source`, BatchNorm
  // statistics included, int64 untouched. `session` and `graph` outlive the executor.
  static Result<std::unique_ptr<Executor>> create(Session& session, const Graph& graph, DType dtype,
                                                  const ParamSource& source);

  // Uploads one image batch [N,3,H,W] already in the executor's dtype.
  Status set_input(std::span<const std::byte> bytes);

  // Runs the whole graph on the current input; outputs stay on the device until the next run.
  Status run();

  // Runs and calls `seen` with the content of every named tap right after its operation.
  Status run_with_taps(std::span<const Tap> taps, const std::function<Status(HostTensor)>& seen);

  // Runs with every BatchNorm in train mode, normalising with the statistics of its own input, and
  // gives each module's to `seen`, in execution order. Parameters running_mean and running_var are
  // not read. In float64 only.
  using StatisticsSink = std::function<Status(ModuleStatistics)>;
  Status run_in_train_mode(const StatisticsSink& seen);

  // Warms up and records one run on the current input; replay() then repeats it on the same
  // tensors, and outputs() gives what the last replay wrote. Another input needs another capture.
  Status capture();
  Status replay();

  // The outputs of the last run, class/3 … box/L.
  Result<std::vector<HostTensor>> outputs();

  struct State;
  explicit Executor(std::unique_ptr<State> state);  // for create()
  ~Executor();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace effgate
