#include "harness/backend/executor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/backend/op_call.h"

namespace effgate {
namespace {

struct TensorFree {
  void (*tensor_free)(effgate_tensor*) = nullptr;
  void operator()(effgate_tensor* tensor) const { tensor_free(tensor); }
};
using Tensor = std::unique_ptr<effgate_tensor, TensorFree>;

struct CaptureFree {
  void (*capture_free)(effgate_capture*) = nullptr;
  void operator()(effgate_capture* capture) const { capture_free(capture); }
};
using Capture = std::unique_ptr<effgate_capture, CaptureFree>;

effgate_shape to_shape(std::span<const std::int64_t> dims) {
  effgate_shape shape{};
  shape.rank = static_cast<std::int32_t>(dims.size());
  std::copy(dims.begin(), dims.end(), shape.dims);
  return shape;
}

std::size_t bytes_of(std::span<const std::int64_t> shape, DType dtype) {
  std::size_t bytes = size_of(dtype);
  for (const std::int64_t extent : shape) bytes *= static_cast<std::size_t>(extent);
  return bytes;
}

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

// "backbone.bn1" of "backbone.bn1.running_mean"
std::string module_of(const std::string& param) { return param.substr(0, param.rfind('.')); }

}  // namespace

struct Executor::State {
  State(Session& session_in, const Graph& graph_in, DType dtype_in)
      : session(session_in), graph(graph_in), dtype(dtype_in), table(session_in.table()) {}

  Session& session;
  const Graph& graph;
  const DType dtype;
  const effgate_backend& table;
  Capture captured;            // outlives the tensors that were made inside
  std::vector<Tensor> params;  // null where no operation reads the parameter
  std::vector<Tensor> values;  // null before its operation and after its last use
  std::vector<std::vector<ValueId>> freed_after;  // by operation
  std::vector<effgate_tensor*> operands;          // of the operation that runs
  const StatisticsSink* train_mode = nullptr;
  std::array<char, 4096> text{};

  effgate_text error_text() {
    text[0] = '\0';
    return {text.data(), text.size()};
  }
  Tensor own(effgate_tensor* tensor) const { return Tensor(tensor, {table.tensor_free}); }

  Status upload_params(const ParamSource& source);
  Result<Tensor> upload(std::span<const std::byte> bytes, DType type,
                        std::span<const std::int64_t> shape, const std::string& what);

  // By operation: the values that nothing reads later. Outputs and the input stay; a value with a
  // tap lives at least until its tap.
  std::vector<std::vector<ValueId>> plan_freeing(std::span<const Tap> taps) const;

  using AfterOp = std::function<Status(std::int32_t op)>;
  Status walk(const std::vector<std::vector<ValueId>>& plan, const AfterOp& after = nullptr);
  Status run_op(std::int32_t op_index);
  void gather_operands(const Op& op);
  Status run_batch_norm_on_own_statistics(std::int32_t op_index, effgate_tensor** out);
  void free_values();

  Result<HostTensor> fetch(const std::string& name, const effgate_tensor* tensor,
                           std::span<const std::int64_t> shape);
  Result<HostTensor> fetch_tap(const Tap& tap);
  std::string place_of(std::int32_t op_index) const;
  Error failure(std::int32_t op_index, effgate_code code) const;
  // The error of a function of the table that is no operation of the graph.
  Status checked(const std::string& activity, effgate_code code) const;
};

// --- parameters ---

Result<Tensor> Executor::State::upload(std::span<const std::byte> bytes, DType type,
                                       std::span<const std::int64_t> shape,
                                       const std::string& what) {
  const std::size_t expected = bytes_of(shape, type);
  if (bytes.size() != expected) {
    return Error{ErrorKind::bug, "uploading " + what + ": " + std::to_string(bytes.size()) +
                                     " bytes were given for a tensor of " +
                                     std::to_string(expected)};
  }
  const effgate_shape dims = to_shape(shape);
  effgate_tensor* made = nullptr;
  const effgate_code code = table.from_data(session.get(), static_cast<effgate_dtype>(type), &dims,
                                            bytes.data(), &made, error_text());
  EFFGATE_TRY(checked("uploading " + what, code));
  return own(made);
}

Status Executor::State::upload_params(const ParamSource& source) {
  params.resize(graph.params.size());
  for (const Op& op : graph.ops) {
    for (const ParamId id : op.params) {
      if (params[index(id)]) continue;
      const ParamSpec& spec = graph.params[index(id)];
      const DType type = is_floating(spec.dtype) ? dtype : spec.dtype;
      EFFGATE_ASSIGN(const std::span<const std::byte> bytes, source(spec, type));
      EFFGATE_ASSIGN(params[index(id)], upload(bytes, type, spec.shape, spec.name));
    }
  }
  return success();
}

// --- lifetimes ---

std::vector<std::vector<ValueId>> Executor::State::plan_freeing(std::span<const Tap> taps) const {
  const auto count = static_cast<std::int32_t>(graph.ops.size());
  std::vector<std::int32_t> last_use(graph.values.size(), 0);
  for (std::int32_t i = 0; i < count; ++i) {
    for (const ValueId id : graph.ops[index(i)].inputs) last_use[index(id)] = i;
    last_use[index(graph.ops[index(i)].output)] = i;
  }
  for (const Tap& tap : taps) {
    last_use[index(tap.value)] = std::max(last_use[index(tap.value)], tap.after);
  }
  for (const Tap& output : graph.outputs) last_use[index(output.value)] = count;
  std::vector<std::vector<ValueId>> plan(graph.ops.size());
  for (std::size_t id = 1; id < last_use.size(); ++id) {
    if (last_use[id] < count) plan[index(last_use[id])].push_back(static_cast<ValueId>(id));
  }
  return plan;
}

void Executor::State::free_values() {
  for (std::size_t id = 1; id < values.size(); ++id) values[id].reset();
}

// --- running ---

Status Executor::State::walk(const std::vector<std::vector<ValueId>>& plan, const AfterOp& after) {
  if (!values[0]) return Error{ErrorKind::bug, "running " + graph.model + " without an input"};
  free_values();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.ops.size()); ++i) {
    EFFGATE_TRY(run_op(i));
    if (after) EFFGATE_TRY(after(i));
    for (const ValueId id : plan[index(i)]) values[index(id)].reset();
  }
  return success();
}

void Executor::State::gather_operands(const Op& op) {
  operands.clear();
  for (const ValueId id : op.inputs) operands.push_back(values[index(id)].get());
  for (const ParamId id : op.params) operands.push_back(params[index(id)].get());
}

Status Executor::State::run_op(std::int32_t op_index) {
  const Op& op = graph.ops[index(op_index)];
  gather_operands(op);
  effgate_tensor* made = nullptr;
  if (train_mode != nullptr && op.kind == OpKind::batch_norm) {
    EFFGATE_TRY(run_batch_norm_on_own_statistics(op_index, &made));
  } else {
    const effgate_code code = call_operation(session, op, operands, &made, error_text());
    if (code != EFFGATE_OK) return failure(op_index, code);
  }
  if (made != nullptr) values[index(op.output)] = own(made);
  return success();
}

Status Executor::State::run_batch_norm_on_own_statistics(std::int32_t op_index,
                                                         effgate_tensor** out) {
  const Op& op = graph.ops[index(op_index)];
  const std::vector<std::int64_t>& shape = graph.values[index(op.inputs[0])].shape;
  const std::string module = module_of(graph.params[index(op.params[2])].name);
  EFFGATE_ASSIGN(const HostTensor x, fetch(module, operands[0], shape));
  const std::span content(reinterpret_cast<const double*>(x.bytes.data()),
                          x.bytes.size() / sizeof(double));
  const ChannelStatistics seen = channel_statistics(content, shape);
  const std::array<std::int64_t, 1> channels{shape[1]};
  EFFGATE_ASSIGN(const Tensor mean,
                 upload(std::as_bytes(std::span(seen.mean)), dtype, channels, module));
  EFFGATE_ASSIGN(const Tensor var,
                 upload(std::as_bytes(std::span(seen.var)), dtype, channels, module));
  operands[3] = mean.get();
  operands[4] = var.get();
  const effgate_code code = call_operation(session, op, operands, out, error_text());
  if (code != EFFGATE_OK) return failure(op_index, code);
  return (*train_mode)({module, seen});
}

// --- reading tensors ---

Result<HostTensor> Executor::State::fetch(const std::string& name, const effgate_tensor* tensor,
                                          std::span<const std::int64_t> shape) {
  HostTensor host{name, dtype, {shape.begin(), shape.end()}, {}};
  host.bytes.resize(bytes_of(shape, dtype));
  const effgate_code code =
      table.copy_out(session.get(), tensor, host.bytes.data(), host.bytes.size(), error_text());
  EFFGATE_TRY(checked("reading " + name, code));
  return host;
}

Result<HostTensor> Executor::State::fetch_tap(const Tap& tap) {
  const effgate_tensor* tensor = values[index(tap.value)].get();
  if (tensor == nullptr) return Error{ErrorKind::bug, "reading " + tap.name + " before a run"};
  return fetch(tap.name, tensor, graph.values[index(tap.value)].shape);
}

// --- errors ---

// The module whose parameters the operation reads, or whose result it is part of.
std::string Executor::State::place_of(std::int32_t op_index) const {
  const Op& op = graph.ops[index(op_index)];
  if (!op.params.empty()) return module_of(graph.params[index(op.params[0])].name);
  const Tap* nearest = nullptr;
  for (const Tap& tap : graph.taps) {
    if (tap.after < op_index) continue;
    if (nearest == nullptr || tap.after < nearest->after) nearest = &tap;
  }
  return nearest == nullptr ? "operation " + std::to_string(op_index) : nearest->name;
}

Error Executor::State::failure(std::int32_t op_index, effgate_code code) const {
  const Op& op = graph.ops[index(op_index)];
  return backend_error(std::string(to_string(op.kind)) + " of " + place_of(op_index) + " on " +
                           session.library_name() + " in " + std::string(to_string(dtype)),
                       code, text.data());
}

Status Executor::State::checked(const std::string& activity, effgate_code code) const {
  if (code == EFFGATE_OK) return success();
  return backend_error(activity + " on " + session.library_name(), code, text.data());
}

// --- the executor ---

Executor::Executor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Executor::~Executor() = default;

Result<std::unique_ptr<Executor>> Executor::create(Session& session, const Graph& graph,
                                                   DType dtype, const ParamSource& source) {
  auto state = std::make_unique<State>(session, graph, dtype);
  state->values.resize(graph.values.size());
  state->freed_after = state->plan_freeing({});
  EFFGATE_TRY(state->upload_params(source));
  return std::make_unique<Executor>(std::move(state));
}

Status Executor::set_input(std::span<const std::byte> bytes) {
  EFFGATE_ASSIGN(state_->values[0],
                 state_->upload(bytes, state_->dtype, state_->graph.values[0].shape, "the input"));
  return success();
}

Status Executor::run() { return state_->walk(state_->freed_after); }

Status Executor::run_with_taps(std::span<const Tap> taps,
                               const std::function<Status(HostTensor)>& seen) {
  std::vector<std::vector<const Tap*>> due(state_->graph.ops.size());
  for (const Tap& tap : taps) {
    if (tap.after >= 0) {
      due[index(tap.after)].push_back(&tap);
      continue;
    }
    EFFGATE_ASSIGN(HostTensor content, state_->fetch_tap(tap));
    EFFGATE_TRY(seen(std::move(content)));
  }
  return state_->walk(state_->plan_freeing(taps), [&](std::int32_t op) -> Status {
    for (const Tap* tap : due[index(op)]) {
      EFFGATE_ASSIGN(HostTensor content, state_->fetch_tap(*tap));
      EFFGATE_TRY(seen(std::move(content)));
    }
    return success();
  });
}

Status Executor::run_in_train_mode(const StatisticsSink& seen) {
  if (state_->dtype != DType::float64) {
    return Error{ErrorKind::usage, "measuring BatchNorm statistics in " +
                                       std::string(to_string(state_->dtype)) + ", not in float64"};
  }
  state_->train_mode = &seen;
  Status done = run();
  state_->train_mode = nullptr;
  return done;
}

Status Executor::capture() {
  const effgate_backend& table = state_->table;
  effgate_session* session = state_->session.get();
  if (table.capture_begin == nullptr || table.capture_end == nullptr ||
      table.capture_replay == nullptr || table.capture_warm_up == nullptr) {
    return Error{ErrorKind::unsupported, state_->session.library_name() + " captures nothing"};
  }
  state_->free_values();
  state_->captured.reset();
  const auto step = [&](const char* activity, effgate_code code) {
    return state_->checked(activity, code);
  };
  EFFGATE_TRY(
      step("entering the warm-up", table.capture_warm_up(session, 1, state_->error_text())));
  const Status warm = run();
  EFFGATE_TRY(step("leaving the warm-up", table.capture_warm_up(session, 0, state_->error_text())));
  EFFGATE_TRY(warm);
  state_->free_values();
  EFFGATE_TRY(step("beginning a capture", table.capture_begin(session, state_->error_text())));
  const Status recorded = run();
  effgate_capture* made = nullptr;
  const effgate_code ended = table.capture_end(session, &made, state_->error_text());
  EFFGATE_TRY(recorded);
  EFFGATE_TRY(step("ending a capture", ended));
  state_->captured = Capture(made, {table.capture_free});
  return success();
}

Status Executor::replay() {
  if (!state_->captured) return Error{ErrorKind::bug, "a replay without a capture"};
  return state_->checked("replaying a capture",
                         state_->table.capture_replay(state_->session.get(), state_->captured.get(),
                                                      state_->error_text()));
}

Result<std::vector<HostTensor>> Executor::outputs() {
  std::vector<HostTensor> all;
  for (const Tap& tap : state_->graph.outputs) {
    EFFGATE_ASSIGN(HostTensor content, state_->fetch_tap(tap));
    all.push_back(std::move(content));
  }
  return all;
}

}  // namespace effgate
