#include "harness/backend/torch/tensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "harness/backend/torch/adapter.h"
#include "harness/backend/torch/handles.h"

namespace effgate {
namespace {

// By effgate_dtype.
constexpr std::array kScalarTypes{at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong,
                                  at::kInt,    at::kShort, at::kChar, at::kByte,     at::kBool};

at::IntArrayRef dims_of(const effgate_shape& shape) {
  require(shape.rank >= 0 && shape.rank <= EFFGATE_MAX_RANK, "a rank out of range");
  return {shape.dims, static_cast<size_t>(shape.rank)};
}

// Refuses extents below zero and sizes that do not fit into memory's addresses.
void check_extents(at::IntArrayRef dims, size_t element_size) {
  int64_t left = std::numeric_limits<int64_t>::max() / static_cast<int64_t>(element_size);
  for (const int64_t extent : dims) {
    require(extent >= 0, "a negative extent");
    if (extent > left) throw CallError(EFFGATE_OUT_OF_MEMORY, "a size that overflows");
    if (extent > 0) left /= extent;
  }
}

// A tensor over the caller's bytes, which from_blob takes as writable though nothing writes them.
at::Tensor over_bytes(effgate_dtype dtype, const effgate_shape* shape, const void* bytes) {
  const at::ScalarType type = scalar_type_of(dtype);
  require(shape != nullptr, "a null shape");
  const at::IntArrayRef dims = dims_of(*shape);
  check_extents(dims, c10::elementSize(type));
  require(bytes != nullptr || c10::multiply_integers(dims) == 0, "null bytes");
  return at::from_blob(const_cast<void*>(bytes), dims, at::TensorOptions().dtype(type));
}

bool is_image_or_weight(const at::Tensor& tensor) { return tensor.dim() == 4; }

at::MemoryFormat format_for(const effgate_session& session, const at::Tensor& tensor) {
  return session.environment.channels_last != 0 && is_image_or_weight(tensor)
             ? at::MemoryFormat::ChannelsLast
             : at::MemoryFormat::Contiguous;
}

bool is_aligned(const void* bytes, size_t alignment) {
  return reinterpret_cast<uintptr_t>(bytes) % alignment == 0;
}

// A copy of its own on the session's device. The bytes are copied by the C library first where the
// element's alignment is not met.
at::Tensor copied(const effgate_session& session, effgate_dtype dtype, const effgate_shape* shape,
                  const void* bytes) {
  const at::ScalarType type = scalar_type_of(dtype);
  at::Tensor host;
  if (is_aligned(bytes, c10::elementSize(type))) {
    host = over_bytes(dtype, shape, bytes);
  } else {
    const at::Tensor misplaced = over_bytes(dtype, shape, bytes);
    host = at::empty(misplaced.sizes(), at::TensorOptions().dtype(type));
    std::memcpy(host.data_ptr(), bytes, host.nbytes());
  }
  return host.to(session.device, type, /*non_blocking=*/false, /*copy=*/true,
                 format_for(session, host));
}

effgate_code from_data(effgate_session* session, effgate_dtype dtype, const effgate_shape* shape,
                       const void* bytes, effgate_tensor** out, effgate_text error) {
  return making(session, out, error,
                [&] { return copied(uncaptured(session), dtype, shape, bytes); });
}

effgate_code borrow_data(effgate_session* session, effgate_dtype dtype, const effgate_shape* shape,
                         const void* bytes, effgate_tensor** out, effgate_text error) {
  return guarded(error, [&] {
    const effgate_session& open = uncaptured(session);
    require(out != nullptr, "no place for the result");
    require(is_aligned(bytes, c10::elementSize(scalar_type_of(dtype))), "bytes out of alignment");
    const at::Tensor shared = over_bytes(dtype, shape, bytes);
    const bool as_is = open.device.is_cpu() && shared.is_contiguous(format_for(open, shared));
    *out = as_is ? give_tensor(shared, /*borrowed=*/true)
                 : give_tensor(copied(open, dtype, shape, bytes));
  });
}

effgate_code copy_out(effgate_session* session, const effgate_tensor* tensor, void* bytes,
                      size_t capacity, effgate_text error) {
  return guarded(error, [&] {
    uncaptured(session);
    const at::Tensor& from = value_of(tensor);
    const size_t size = from.nbytes();
    require(capacity >= size, "the buffer is smaller than the tensor");
    if (size == 0) return;
    require(bytes != nullptr, "a null buffer");
    const at::Tensor host = from.to(c10::kCPU).contiguous();
    std::memcpy(bytes, host.data_ptr(), size);
  });
}

effgate_code describe(const effgate_tensor* tensor, effgate_dtype* dtype, effgate_shape* shape,
                      effgate_text error) {
  return guarded(error, [&] {
    const at::Tensor& value = value_of(tensor);
    require(dtype != nullptr && shape != nullptr, "no place for the description");
    require(value.dim() <= EFFGATE_MAX_RANK, "a tensor of more than 8 dimensions");
    *dtype = dtype_of(value.scalar_type());
    *shape = {};
    for (const int64_t extent : value.sizes()) shape->dims[shape->rank++] = extent;
  });
}

}  // namespace

at::ScalarType scalar_type_of(effgate_dtype dtype) {
  if (dtype < 0 || static_cast<size_t>(dtype) >= kScalarTypes.size()) {
    throw CallError(EFFGATE_UNSUPPORTED, "no tensors of dtype number " + std::to_string(dtype));
  }
  return kScalarTypes[static_cast<size_t>(dtype)];
}

effgate_dtype dtype_of(at::ScalarType type) {
  for (size_t i = 0; i < kScalarTypes.size(); ++i) {
    if (kScalarTypes[i] == type) return static_cast<effgate_dtype>(i);
  }
  throw CallError(EFFGATE_UNSUPPORTED, std::string("a tensor of dtype ") + c10::toString(type));
}

void add_tensors(effgate_backend& table) {
  table.from_data = from_data;
  table.borrow_data = borrow_data;
  table.copy_out = copy_out;
  table.describe = describe;
  table.tensor_free = take_back<effgate_tensor>;
}

}  // namespace effgate
