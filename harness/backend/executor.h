#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

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
class Executor {
 public:
  // Uploads the parameters the graph reads: floating ones cast to `dtype` by `source`, BatchNorm
  // statistics included, int64 untouched. `session` and `graph` outlive the executor.
  static Result<std::unique_ptr<Executor>> create(Session& session, const Graph& graph,
                                                  DType dtype, const ParamSource& source);

  // Uploads one image batch [N,3,H,W] already in the executor's dtype.
  Status set_input(std::span<const std::byte> bytes);

  // Runs the whole graph on the current input; outputs stay on the device until the next run.
  Status run();

  // Runs and calls `seen` with the content of every named tap right after its operation.
  Status run_with_taps(std::span<const Tap> taps, const std::function<Status(HostTensor)>& seen);

  // The outputs of the last run, class/3 … box/L.
  Result<std::vector<HostTensor>> outputs();

  ~Executor();

 private:
  struct State;
  explicit Executor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace effgate
