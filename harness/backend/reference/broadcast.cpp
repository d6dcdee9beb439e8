#include <array>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"
#include "harness/backend/reference/shapes.h"

namespace effgate {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;

double add(double a, double b) { return a + b; }
double multiply(double a, double b) { return a * b; }
double divide(double a, double b) { return a / b; }

// The iteration over one output: dimensions over which both operands advance evenly are merged.
// A stride of zero repeats the operand.
struct Walk {
  int rank = 0;
  std::array<std::int64_t, EFFGATE_MAX_RANK> extent{};
  std::array<std::int64_t, EFFGATE_MAX_RANK> stride_a{};
  std::array<std::int64_t, EFFGATE_MAX_RANK> stride_b{};
};

// The stride of `operand` along dimension `axis` of the output, in elements.
std::int64_t stride_along(const effgate_shape& operand, const effgate_shape& out, int axis) {
  const int own = axis - (out.rank - operand.rank);
  if (own < 0 || operand.dims[own] == 1) return 0;
  std::int64_t stride = 1;
  for (int i = own + 1; i < operand.rank; ++i) stride *= operand.dims[i];
  return stride;
}

Walk plan_walk(const effgate_shape& a, const effgate_shape& b, const effgate_shape& out) {
  Walk walk;
  for (int axis = 0; axis < out.rank; ++axis) {
    const std::int64_t extent = out.dims[axis];
    if (extent == 1) continue;
    const std::int64_t step_a = stride_along(a, out, axis);
    const std::int64_t step_b = stride_along(b, out, axis);
    const auto last = static_cast<std::size_t>(walk.rank - 1);
    if (walk.rank > 0 && walk.stride_a[last] == step_a * extent &&
        walk.stride_b[last] == step_b * extent) {
      walk.extent[last] *= extent;
      walk.stride_a[last] = step_a;
      walk.stride_b[last] = step_b;
      continue;
    }
    const auto next = static_cast<std::size_t>(walk.rank++);
    walk.extent[next] = extent;
    walk.stride_a[next] = step_a;
    walk.stride_b[next] = step_b;
  }
  if (walk.rank == 0) walk.extent[0] = 1, walk.rank = 1;
  return walk;
}

template <typename T, double (*Function)(double, double)>
void combine_run(const T* a, std::int64_t step_a, const T* b, std::int64_t step_b,
                 std::int64_t count, T* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = narrow<T>(Function(widen(a[i * step_a]), widen(b[i * step_b])));
  }
}

// Offsets of both operands where run number `run` starts.
struct Offsets {
  std::int64_t a = 0;
  std::int64_t b = 0;
};

Offsets offsets_of(const Walk& walk, std::int64_t run) {
  Offsets offsets;
  for (int axis = walk.rank - 2; axis >= 0; --axis) {
    const auto i = static_cast<std::size_t>(axis);
    offsets.a += run % walk.extent[i] * walk.stride_a[i];
    offsets.b += run % walk.extent[i] * walk.stride_b[i];
    run /= walk.extent[i];
  }
  return offsets;
}

// The last dimension of the walk in pieces, when it is the only one; else whole runs of it.
template <typename T, double (*Function)(double, double)>
void combine(ThreadPool& pool, const ReferenceTensor& a, const ReferenceTensor& b,
             ReferenceTensor out) {
  const Walk walk = plan_walk(a.shape, b.shape, out.shape);
  const auto last = static_cast<std::size_t>(walk.rank - 1);
  const std::int64_t length = walk.extent[last];
  const std::int64_t step_a = walk.stride_a[last];
  const std::int64_t step_b = walk.stride_b[last];
  if (length == 0) return;
  const T* from_a = a.values<T>();
  const T* from_b = b.values<T>();
  T* to = out.writable<T>();
  if (walk.rank == 1) {
    pool.run_ranges(length, kGrain, [&](std::int64_t begin, std::int64_t end) {
      combine_run<T, Function>(from_a + begin * step_a, step_a, from_b + begin * step_b, step_b,
                               end - begin, to + begin);
    });
    return;
  }
  const std::int64_t runs = element_count(out.shape) / length;
  pool.run_ranges(runs, kGrain / length + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t run = begin; run < end; ++run) {
      const Offsets offsets = offsets_of(walk, run);
      combine_run<T, Function>(from_a + offsets.a, step_a, from_b + offsets.b, step_b, length,
                               to + run * length);
    }
  });
}

template <double (*Function)(double, double)>
void combine_dtype(ThreadPool& pool, const ReferenceTensor& a, const ReferenceTensor& b,
                   ReferenceTensor out) {
  with_element_type(
      a.dtype, [&]<typename T>(std::type_identity<T>) { combine<T, Function>(pool, a, b, out); });
}

using Combination = void (*)(ThreadPool&, const ReferenceTensor&, const ReferenceTensor&,
                             ReferenceTensor);
constexpr std::array<Combination, 3> kCombinations = [] {
  std::array<Combination, 3> table{};
  table[EFFGATE_ADD] = combine_dtype<add>;
  table[EFFGATE_MUL] = combine_dtype<multiply>;
  table[EFFGATE_DIV] = combine_dtype<divide>;
  return table;
}();

Status require_combination(std::int32_t kind, const ReferenceTensor& a, const ReferenceTensor& b) {
  EFFGATE_TRY(require_floating("binary", a));
  EFFGATE_TRY(require_same_dtype("binary", a, b));
  if (kind < 0 || static_cast<std::size_t>(kind) >= kCombinations.size()) {
    return Error{ErrorKind::unsupported, "no binary operation number " + std::to_string(kind)};
  }
  return success();
}

void execute(ReferenceSession& session, std::int32_t kind, const ReferenceTensor& a,
             const ReferenceTensor& b, const ReferenceTensor& out) {
  const Combination combination = kCombinations[static_cast<std::size_t>(kind)];
  session.execute(
      [&pool = session.pool(), combination, a, b, out] { combination(pool, a, b, out); });
}

}  // namespace

Result<ReferenceTensor> binary(ReferenceSession& session, std::int32_t kind,
                               const ReferenceTensor& a, const ReferenceTensor& b) {
  EFFGATE_TRY(require_combination(kind, a, b));
  EFFGATE_ASSIGN(const effgate_shape shape, broadcast_shape(a.shape, b.shape));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(a.dtype, shape));
  execute(session, kind, a, b, out);
  return out;
}

Status binary_in_place(ReferenceSession& session, std::int32_t kind, ReferenceTensor a,
                       const ReferenceTensor& b) {
  EFFGATE_TRY(require_combination(kind, a, b));
  EFFGATE_ASSIGN(const effgate_shape shape, broadcast_shape(a.shape, b.shape));
  if (!same_shape(shape, a.shape)) {
    return Error{ErrorKind::usage,
                 "in place on " + shape_text(a.shape) + ", but the result is " + shape_text(shape)};
  }
  execute(session, kind, a, b, a);
  return success();
}

}  // namespace effgate
