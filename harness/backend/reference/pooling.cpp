#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"
#include "harness/backend/reference/shapes.h"

namespace effgate {
namespace {

// One image plane and the window over it.
template <typename T>
struct PoolPlane {
  const T* from;
  T* to;
  std::int64_t height, width, out_height, out_width;
  const effgate_window& window;
};

// Positions of one axis that a window covers: [begin, end) in steps, cut to the image; `padded`
// counts positions in the image and its padding.
struct Covered {
  std::int64_t begin, end, step, padded;
};

Covered covered(const effgate_window& window, int axis, std::int64_t index, std::int64_t extent) {
  const std::int64_t step = window.dilation[axis];
  const std::int64_t start = index * window.stride[axis] - window.padding[axis];
  const std::int64_t stop = start + step * (window.kernel[axis] - 1) + 1;
  const std::int64_t begin = start >= 0 ? start : start + (-start + step - 1) / step * step;
  return {begin, std::min(stop, extent), step,
          std::min(stop, extent + window.padding[axis]) - start};
}

template <typename T>
double largest(const PoolPlane<T>& plane, const Covered& rows, const Covered& columns) {
  double best = -std::numeric_limits<double>::infinity();
  for (std::int64_t y = rows.begin; y < rows.end; y += rows.step) {
    for (std::int64_t x = columns.begin; x < columns.end; x += columns.step) {
      const double value = widen(plane.from[y * plane.width + x]);
      if (value > best || std::isnan(value)) best = value;
    }
  }
  return best;
}

template <typename T>
double average(const PoolPlane<T>& plane, const Covered& rows, const Covered& columns) {
  double sum = 0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    for (std::int64_t x = columns.begin; x < columns.end; ++x) {
      sum += widen(plane.from[y * plane.width + x]);
    }
  }
  const std::int64_t count = plane.window.count_include_pad != 0
                                 ? rows.padded * columns.padded
                                 : (rows.end - rows.begin) * (columns.end - columns.begin);
  return sum / static_cast<double>(count);
}

template <typename T, double (*Reduce)(const PoolPlane<T>&, const Covered&, const Covered&)>
void pool_plane(const PoolPlane<T>& plane) {
  for (std::int64_t y = 0; y < plane.out_height; ++y) {
    const Covered rows = covered(plane.window, 0, y, plane.height);
    for (std::int64_t x = 0; x < plane.out_width; ++x) {
      const Covered columns = covered(plane.window, 1, x, plane.width);
      plane.to[y * plane.out_width + x] = narrow<T>(Reduce(plane, rows, columns));
    }
  }
}

template <typename T, double (*Reduce)(const PoolPlane<T>&, const Covered&, const Covered&)>
void pool_planes(ThreadPool& pool, const ReferenceTensor& x, const effgate_window& window,
                 ReferenceTensor out) {
  const std::int64_t size = dim(x, 2) * dim(x, 3);
  const std::int64_t out_size = dim(out, 2) * dim(out, 3);
  pool.run(dim(x, 0) * dim(x, 1), [&](std::int64_t index, int) {
    pool_plane<T, Reduce>(PoolPlane<T>{x.values<T>() + index * size,
                                       out.writable<T>() + index * out_size, dim(x, 2), dim(x, 3),
                                       dim(out, 2), dim(out, 3), window});
  });
}

}  // namespace

Result<ReferenceTensor> max_pool2d(ReferenceSession& session, const ReferenceTensor& x,
                                   const effgate_window& window) {
  EFFGATE_TRY(require_floating("max_pool2d", x));
  EFFGATE_ASSIGN(const effgate_shape shape, pool2d_shape(x.shape, window));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([&pool = session.pool(), x, window, out] {
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      pool_planes<T, largest<T>>(pool, x, window, out);
    });
  });
  return out;
}

Result<ReferenceTensor> avg_pool2d(ReferenceSession& session, const ReferenceTensor& x,
                                   const effgate_window& window) {
  EFFGATE_TRY(require_floating("avg_pool2d", x));
  if (window.dilation[0] != 1 || window.dilation[1] != 1) {
    return Error{ErrorKind::usage, "an average pool has no dilation"};
  }
  EFFGATE_ASSIGN(const effgate_shape shape, pool2d_shape(x.shape, window));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([&pool = session.pool(), x, window, out] {
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      pool_planes<T, average<T>>(pool, x, window, out);
    });
  });
  return out;
}

}  // namespace effgate
