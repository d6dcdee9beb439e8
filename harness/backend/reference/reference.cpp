#include "harness/backend/reference/reference.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "harness/backend/reference/operations.h"

namespace effgate {
namespace {

using Clock = std::chrono::steady_clock;

// --- what the opaque handles of backend.h point to -------------------------------------------

struct Event {
  Clock::time_point at;
  bool recorded = false;
};

struct Capture {
  std::vector<Work> work;
};

template <typename Handle>
struct Behind;
template <>
struct Behind<effgate_session> {
  using Type = ReferenceSession;
};
template <>
struct Behind<effgate_tensor> {
  using Type = ReferenceTensor;
};
template <>
struct Behind<effgate_event> {
  using Type = Event;
};
template <>
struct Behind<effgate_capture> {
  using Type = Capture;
};

template <typename Handle>
auto& object(Handle* handle) {
  using Type = typename Behind<std::remove_const_t<Handle>>::Type;
  using Wanted = std::conditional_t<std::is_const_v<Handle>, const Type, Type>;
  return *reinterpret_cast<Wanted*>(handle);
}

template <typename Handle, typename Type>
void give(Handle** out, std::unique_ptr<Type> made) {
  static_assert(std::is_same_v<Type, typename Behind<Handle>::Type>);
  *out = reinterpret_cast<Handle*>(made.release());
}

template <typename Handle>
void free_handle(Handle* handle) {
  using Type = typename Behind<Handle>::Type;
  std::unique_ptr<Type>(reinterpret_cast<Type*>(handle)).reset();
}

// --- errors ----------------------------------------------------------------------------------

// Runs `body` (giving Status) so that nothing but a code leaves.
template <typename Body>
effgate_code guarded(effgate_text error, const Body& body) {
  try {
    const Status done = body();
    return done.ok() ? EFFGATE_OK : report(done.error(), error);
  } catch (const std::bad_alloc&) {
    return report({ErrorKind::out_of_memory, "no memory"}, error);
  } catch (const std::exception& failure) {
    return report({ErrorKind::library, failure.what()}, error);
  }
}

// The same for a body that gives a tensor.
template <typename Body>
effgate_code making(effgate_tensor** out, effgate_text error, const Body& body) {
  return guarded(error, [&]() -> Status {
    EFFGATE_ASSIGN(ReferenceTensor made, body());
    give(out, std::make_unique<ReferenceTensor>(std::move(made)));
    return success();
  });
}

// A borrowed tensor is the caller's read-only memory.
Status require_writable(const ReferenceTensor& tensor) {
  if (tensor.buffer && tensor.buffer->is_borrowed()) {
    return Error{ErrorKind::usage, "writing in place to a borrowed tensor"};
  }
  return success();
}

Status refuse_in_capture(const ReferenceSession& session, const char* what) {
  if (!session.capturing()) return success();
  return Error{ErrorKind::usage, std::string(what) + " is not allowed while capturing"};
}

// --- the library and sessions ----------------------------------------------------------------

effgate_code identify(effgate_identity* out, effgate_text) {
  *out = {sizeof(effgate_identity), "reference", EFFGATE_VERSION,
          EFFGATE_VERSION,          "",          best_kernels().instruction_set};
  return EFFGATE_OK;
}

effgate_code device_count(effgate_device device, int32_t* out, effgate_text error) {
  if (device != EFFGATE_CPU) {
    return report({ErrorKind::unsupported, "the reference runs on the CPU only"}, error);
  }
  *out = 1;
  return EFFGATE_OK;
}

effgate_code open_session(const effgate_environment* environment, bool dry, effgate_session** out,
                          effgate_text error) {
  return guarded(error, [&]() -> Status {
    if (environment->device != EFFGATE_CPU) {
      return Error{ErrorKind::unsupported, "the reference runs on the CPU only"};
    }
    give(out, std::make_unique<ReferenceSession>(*environment, dry));
    return success();
  });
}

effgate_code session_open(const effgate_environment* environment, effgate_session** out,
                          effgate_text error) {
  return open_session(environment, false, out, error);
}

// --- tensors ---------------------------------------------------------------------------------

effgate_code from_data(effgate_session* session, effgate_dtype dtype, const effgate_shape* shape,
                       const void* bytes, effgate_tensor** out, effgate_text error) {
  return making(out, error, [&]() -> Result<ReferenceTensor> {
    EFFGATE_TRY(refuse_in_capture(object(session), "from_data"));
    EFFGATE_ASSIGN(const std::size_t size, checked_bytes(dtype, *shape));
    EFFGATE_ASSIGN(ReferenceTensor tensor, object(session).allocate(dtype, *shape));
    if (tensor.buffer && size > 0) std::memcpy(tensor.buffer->writable(), bytes, size);
    return tensor;
  });
}

effgate_code borrow_data(effgate_session* session, effgate_dtype dtype, const effgate_shape* shape,
                         const void* bytes, effgate_tensor** out, effgate_text error) {
  return making(out, error, [&]() -> Result<ReferenceTensor> {
    EFFGATE_TRY(refuse_in_capture(object(session), "borrow_data"));
    EFFGATE_TRY(checked_bytes(dtype, *shape));
    ReferenceTensor tensor{dtype, *shape, nullptr};
    if (!object(session).dry()) tensor.buffer = TensorBuffer::borrow(bytes);
    return tensor;
  });
}

effgate_code copy_out(effgate_session* session, const effgate_tensor* tensor, void* bytes,
                      size_t capacity, effgate_text error) {
  return guarded(error, [&]() -> Status {
    EFFGATE_TRY(refuse_in_capture(object(session), "copy_out"));
    const ReferenceTensor& from = object(tensor);
    EFFGATE_ASSIGN(const std::size_t size, checked_bytes(from.dtype, from.shape));
    if (capacity < size) return Error{ErrorKind::usage, "the buffer is smaller than the tensor"};
    if (size == 0) return success();
    if (from.buffer) {
      std::memcpy(bytes, from.buffer->data(), size);
    } else {
      std::memset(bytes, 0, size);
    }
    return success();
  });
}

effgate_code describe(const effgate_tensor* tensor, effgate_dtype* dtype, effgate_shape* shape,
                      effgate_text) {
  *dtype = object(tensor).dtype;
  *shape = object(tensor).shape;
  return EFFGATE_OK;
}

// --- operations ------------------------------------------------------------------------------

effgate_code conv2d_call(effgate_session* session, const effgate_tensor* x,
                         const effgate_tensor* weight, const effgate_tensor* bias,
                         const effgate_window* window, effgate_tensor** out, effgate_text error) {
  return making(out, error, [&] {
    return conv2d(object(session), object(x), object(weight), bias ? &object(bias) : nullptr,
                  *window);
  });
}

effgate_code batch_norm_call(effgate_session* session, const effgate_tensor* x,
                             const effgate_tensor* weight, const effgate_tensor* bias,
                             const effgate_tensor* mean, const effgate_tensor* var, double eps,
                             effgate_tensor** out, effgate_text error) {
  return making(out, error, [&] {
    const BatchNormOperands operands{object(weight), object(bias), object(mean), object(var)};
    return batch_norm(object(session), object(x), operands, eps);
  });
}

effgate_code activation_call(effgate_session* session, int32_t kind, effgate_tensor* x,
                             double scalar, int32_t in_place, effgate_tensor** out,
                             effgate_text error) {
  ReferenceTensor& from = object(x);
  if (in_place != 0) {
    return guarded(error, [&]() -> Status {
      EFFGATE_TRY(require_writable(from));
      EFFGATE_TRY(activate(object(session), kind, from, scalar, from));
      *out = nullptr;
      return success();
    });
  }
  return making(out, error, [&]() -> Result<ReferenceTensor> {
    EFFGATE_ASSIGN(ReferenceTensor to, object(session).allocate(from.dtype, from.shape));
    EFFGATE_TRY(activate(object(session), kind, from, scalar, to));
    return to;
  });
}

effgate_code binary_call(effgate_session* session, int32_t kind, effgate_tensor* a,
                         const effgate_tensor* b, int32_t in_place, effgate_tensor** out,
                         effgate_text error) {
  if (in_place == 0) {
    return making(out, error, [&] { return binary(object(session), kind, object(a), object(b)); });
  }
  return guarded(error, [&]() -> Status {
    EFFGATE_TRY(require_writable(object(a)));
    EFFGATE_TRY(binary_in_place(object(session), kind, object(a), object(b)));
    *out = nullptr;
    return success();
  });
}

// Operations on one tensor and plain arguments: the table's function from the operation.
template <auto Operation, typename... Arguments>
effgate_code unary_call(effgate_session* session, const effgate_tensor* x, Arguments... arguments,
                        effgate_tensor** out, effgate_text error) {
  return making(out, error, [&] { return Operation(object(session), object(x), arguments...); });
}

template <auto Pool>
effgate_code pool_call(effgate_session* session, const effgate_tensor* x,
                       const effgate_window* window, effgate_tensor** out, effgate_text error) {
  return making(out, error, [&] { return Pool(object(session), object(x), *window); });
}

template <auto Join>
effgate_code join_call(effgate_session* session, const effgate_tensor* const* xs, int32_t count,
                       effgate_tensor** out, effgate_text error) {
  return making(out, error, [&] {
    std::vector<ReferenceTensor> inputs;
    for (int32_t i = 0; i < count; ++i) inputs.push_back(object(xs[i]));
    return Join(object(session), std::span<const ReferenceTensor>(inputs));
  });
}

// --- time ------------------------------------------------------------------------------------

effgate_code synchronize(effgate_session*, effgate_text) { return EFFGATE_OK; }

effgate_code event_create(effgate_session*, effgate_event** out, effgate_text error) {
  return guarded(error, [&] {
    give(out, std::make_unique<Event>());
    return success();
  });
}

effgate_code event_record(effgate_session*, effgate_event* event, effgate_text) {
  object(event) = {Clock::now(), true};
  return EFFGATE_OK;
}

effgate_code event_elapsed(effgate_session*, const effgate_event* start, const effgate_event* end,
                           double* seconds, effgate_text error) {
  if (!object(start).recorded || !object(end).recorded) {
    return report({ErrorKind::usage, "an event was not recorded"}, error);
  }
  *seconds = std::chrono::duration<double>(object(end).at - object(start).at).count();
  return EFFGATE_OK;
}

// --- capture and replay ----------------------------------------------------------------------

effgate_code capture_warm_up(effgate_session*, int32_t, effgate_text) { return EFFGATE_OK; }

effgate_code capture_begin(effgate_session* session, effgate_text error) {
  return guarded(error, [&] { return object(session).begin_capture(); });
}

effgate_code capture_end(effgate_session* session, effgate_capture** out, effgate_text error) {
  return guarded(error, [&]() -> Status {
    EFFGATE_ASSIGN(std::vector<Work> work, object(session).end_capture());
    give(out, std::make_unique<Capture>(Capture{std::move(work)}));
    return success();
  });
}

effgate_code capture_replay(effgate_session* session, effgate_capture* capture,
                            effgate_text error) {
  return guarded(error, [&]() -> Status {
    EFFGATE_TRY(refuse_in_capture(object(session), "capture_replay"));
    for (const Work& work : object(capture).work) work();
    return success();
  });
}

effgate_code peak_device_bytes(effgate_session* session, uint64_t* out, effgate_text) {
  *out = object(session).memory().peak;
  return EFFGATE_OK;
}

constexpr effgate_backend make_table() {
  effgate_backend table{};
  table.abi_version = EFFGATE_BACKEND_ABI_VERSION;
  table.struct_size = sizeof(effgate_backend);
  table.identify = identify;
  table.device_count = device_count;
  table.session_open = session_open;
  table.session_close = free_handle<effgate_session>;
  table.from_data = from_data;
  table.borrow_data = borrow_data;
  table.copy_out = copy_out;
  table.describe = describe;
  table.tensor_free = free_handle<effgate_tensor>;
  table.conv2d = conv2d_call;
  table.batch_norm = batch_norm_call;
  table.activation = activation_call;
  table.constant_pad = unary_call<constant_pad, const int64_t*, double>;
  table.max_pool2d = pool_call<max_pool2d>;
  table.avg_pool2d = pool_call<avg_pool2d>;
  table.mean_hw = unary_call<mean_hw>;
  table.upsample_nearest2d = unary_call<upsample_nearest2d, int64_t, int64_t>;
  table.upsample_bilinear2d = unary_call<upsample_bilinear2d, int64_t, int64_t>;
  table.binary = binary_call;
  table.add_scalar = unary_call<add_scalar, double>;
  table.softmax0 = unary_call<softmax0>;
  table.sum_all = unary_call<sum_all>;
  table.sum_last = unary_call<sum_last>;
  table.select0 = unary_call<select0, int64_t>;
  table.stack_last = join_call<stack_last>;
  table.cat1 = join_call<cat1>;
  table.narrow1 = unary_call<narrow1, int64_t, int64_t>;
  table.synchronize = synchronize;
  table.event_create = event_create;
  table.event_record = event_record;
  table.event_elapsed = event_elapsed;
  table.event_free = free_handle<effgate_event>;
  table.capture_warm_up = capture_warm_up;
  table.capture_begin = capture_begin;
  table.capture_end = capture_end;
  table.capture_replay = capture_replay;
  table.capture_free = free_handle<effgate_capture>;
  table.peak_device_bytes = peak_device_bytes;
  return table;
}

}  // namespace

const effgate_backend* reference_backend() {
  static constexpr effgate_backend kTable = make_table();
  return &kTable;
}

effgate_code open_dry_session(const effgate_environment* environment, effgate_session** out,
                              effgate_text error) {
  return open_session(environment, true, out, error);
}

ReferenceSession& reference_session(effgate_session* session) { return object(session); }
ReferenceTensor& reference_tensor(effgate_tensor* tensor) { return object(tensor); }

void write_text(std::string_view text, effgate_text to) {
  if (to.data == nullptr || to.capacity == 0) return;
  const std::size_t length = std::min(text.size(), to.capacity - 1);
  std::memcpy(to.data, text.data(), length);
  to.data[length] = '\0';
}

effgate_code report(const Error& failure, effgate_text error) {
  write_text(failure.message, error);
  switch (failure.kind) {
    case ErrorKind::usage: return EFFGATE_INVALID;
    case ErrorKind::unsupported: return EFFGATE_UNSUPPORTED;
    case ErrorKind::out_of_memory: return EFFGATE_OUT_OF_MEMORY;
    default: return EFFGATE_LIBRARY_ERROR;
  }
}

}  // namespace effgate
