#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"
#include "harness/backend/reference/shapes.h"

namespace effgate {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;

template <typename T>
double sum_of(const T* values, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += widen(values[i]);
  return sum;
}

// out[i] = sum of the i-th run of `length`, divided by `divisor`.
template <typename T>
void sum_runs(ThreadPool& pool, const ReferenceTensor& x, std::int64_t length, double divisor,
              ReferenceTensor out) {
  const T* from = x.values<T>();
  T* to = out.writable<T>();
  const std::int64_t grain = kGrain / std::max<std::int64_t>(length, 1) + 1;
  pool.run_ranges(element_count(out.shape), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      to[i] = narrow<T>(sum_of(from + i * length, length) / divisor);
    }
  });
}

Result<ReferenceTensor> reduce_runs(ReferenceSession& session, const ReferenceTensor& x,
                                    const effgate_shape& shape, std::int64_t length,
                                    double divisor) {
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([&pool = session.pool(), x, length, divisor, out] {
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      sum_runs<T>(pool, x, length, divisor, out);
    });
  });
  return out;
}

// Softmax over elements [column], [column + columns], …
template <typename T>
void softmax_column(const T* from, std::int64_t count, std::int64_t columns, T* to) {
  double top = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < count; ++i) top = std::max(top, widen(from[i * columns]));
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += std::exp(widen(from[i * columns]) - top);
  for (std::int64_t i = 0; i < count; ++i) {
    to[i * columns] = narrow<T>(std::exp(widen(from[i * columns]) - top) / sum);
  }
}

}  // namespace

Result<ReferenceTensor> mean_hw(ReferenceSession& session, const ReferenceTensor& x) {
  EFFGATE_TRY(require_floating("mean_hw", x));
  EFFGATE_TRY(require_image(x.shape));
  const std::int64_t plane = dim(x, 2) * dim(x, 3);
  return reduce_runs(session, x, make_shape({dim(x, 0), dim(x, 1), 1, 1}), plane,
                     static_cast<double>(plane));
}

Result<ReferenceTensor> softmax0(ReferenceSession& session, const ReferenceTensor& x) {
  EFFGATE_TRY(require_floating("softmax0", x));
  if (x.shape.rank < 1) return Error{ErrorKind::usage, "softmax over dimension 0 of a scalar"};
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, x.shape));
  session.execute([x, out]() mutable {
    const std::int64_t count = dim(x, 0);
    const std::int64_t columns = count == 0 ? 0 : element_count(x.shape) / count;
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      for (std::int64_t column = 0; column < columns; ++column) {
        softmax_column(x.values<T>() + column, count, columns, out.writable<T>() + column);
      }
    });
  });
  return out;
}

Result<ReferenceTensor> sum_all(ReferenceSession& session, const ReferenceTensor& x) {
  EFFGATE_TRY(require_floating("sum_all", x));
  return reduce_runs(session, x, make_shape({}), element_count(x.shape), 1);
}

Result<ReferenceTensor> sum_last(ReferenceSession& session, const ReferenceTensor& x) {
  EFFGATE_TRY(require_floating("sum_last", x));
  EFFGATE_ASSIGN(const effgate_shape shape, without_last_dim(x.shape));
  return reduce_runs(session, x, shape, dim(x, x.shape.rank - 1), 1);
}

}  // namespace effgate
