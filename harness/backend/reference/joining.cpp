#include <cstring>
#include <vector>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/shapes.h"
#include "harness/base/dtype.h"

namespace effgate {
namespace {

std::size_t element_size(const ReferenceTensor& tensor) {
  return size_of(static_cast<DType>(tensor.dtype));
}

// Bytes of dimensions [first, rank) of a tensor.
std::size_t bytes_below(const ReferenceTensor& tensor, int first) {
  std::size_t bytes = element_size(tensor);
  for (int i = first; i < tensor.shape.rank; ++i) bytes *= static_cast<std::size_t>(dim(tensor, i));
  return bytes;
}

// Copies `rows` runs of `bytes` between places that advance by their own steps.
void copy_runs(const std::byte* from, std::size_t from_step, std::byte* to, std::size_t to_step,
               std::size_t bytes, std::int64_t rows) {
  for (std::int64_t row = 0; row < rows; ++row) {
    std::memcpy(to, from, bytes);
    from += from_step;
    to += to_step;
  }
}

// Each element of `from` to every `step`-th element of `to`.
template <typename Element>
void scatter(const std::byte* from, std::int64_t count, std::int64_t step, std::byte* to) {
  const auto* source = reinterpret_cast<const Element*>(from);
  auto* target = reinterpret_cast<Element*>(to);
  for (std::int64_t i = 0; i < count; ++i) target[i * step] = source[i];
}

void scatter_bytes(std::size_t element, const std::byte* from, std::int64_t count,
                   std::int64_t step, std::byte* to) {
  switch (element) {
    case 1: return scatter<std::uint8_t>(from, count, step, to);
    case 2: return scatter<std::uint16_t>(from, count, step, to);
    case 4: return scatter<std::uint32_t>(from, count, step, to);
    default: return scatter<std::uint64_t>(from, count, step, to);
  }
}

Result<std::vector<effgate_shape>> shapes_of(const char* operation,
                                             std::span<const ReferenceTensor> xs) {
  std::vector<effgate_shape> shapes;
  for (const ReferenceTensor& x : xs) {
    EFFGATE_TRY(require_same_dtype(operation, xs[0], x));
    shapes.push_back(x.shape);
  }
  return shapes;
}

}  // namespace

Result<ReferenceTensor> select0(ReferenceSession& session, const ReferenceTensor& x,
                                std::int64_t index) {
  EFFGATE_ASSIGN(const effgate_shape shape, without_first_dim(x.shape));
  if (index < 0 || index >= dim(x, 0)) {
    return Error{ErrorKind::usage,
                 "element " + std::to_string(index) + " of " + shape_text(x.shape)};
  }
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([x, index, out] {
    const std::size_t bytes = bytes_below(x, 1);
    std::memcpy(out.buffer->writable(), x.buffer->data() + bytes * static_cast<std::size_t>(index),
                bytes);
  });
  return out;
}

Result<ReferenceTensor> stack_last(ReferenceSession& session, std::span<const ReferenceTensor> xs) {
  EFFGATE_ASSIGN(const std::vector<effgate_shape> shapes, shapes_of("stack_last", xs));
  EFFGATE_ASSIGN(const effgate_shape shape, stacked_last_shape(shapes));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(xs[0].dtype, shape));
  session.execute([inputs = std::vector(xs.begin(), xs.end()), out] {
    const std::size_t element = element_size(out);
    std::byte* to = out.buffer->writable();
    for (const ReferenceTensor& x : inputs) {
      scatter_bytes(element, x.buffer->data(), element_count(x.shape),
                    static_cast<std::int64_t>(inputs.size()), to);
      to += element;
    }
  });
  return out;
}

Result<ReferenceTensor> cat1(ReferenceSession& session, std::span<const ReferenceTensor> xs) {
  EFFGATE_ASSIGN(const std::vector<effgate_shape> shapes, shapes_of("cat1", xs));
  EFFGATE_ASSIGN(const effgate_shape shape, concatenated_shape(shapes));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(xs[0].dtype, shape));
  session.execute([inputs = std::vector(xs.begin(), xs.end()), out] {
    const std::size_t step = bytes_below(out, 1);
    std::byte* to = out.buffer->writable();
    for (const ReferenceTensor& x : inputs) {
      const std::size_t bytes = bytes_below(x, 1);
      copy_runs(x.buffer->data(), bytes, to, step, bytes, dim(x, 0));
      to += bytes;
    }
  });
  return out;
}

Result<ReferenceTensor> narrow1(ReferenceSession& session, const ReferenceTensor& x,
                                std::int64_t start, std::int64_t length) {
  EFFGATE_ASSIGN(const effgate_shape shape, narrowed_shape(x.shape, start, length));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([x, start, out] {
    const std::size_t skipped = bytes_below(x, 2) * static_cast<std::size_t>(start);
    const std::size_t bytes = bytes_below(out, 1);
    copy_runs(x.buffer->data() + skipped, bytes_below(x, 1), out.buffer->writable(), bytes, bytes,
              dim(x, 0));
  });
  return out;
}

}  // namespace effgate
