#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"
#include "harness/backend/reference/shapes.h"

namespace effgate {
namespace {

// Calls plane(from, to) for every image plane.
template <typename T, typename Plane>
void for_each_plane(ThreadPool& pool, const ReferenceTensor& x, ReferenceTensor& out,
                    const Plane& plane) {
  const std::int64_t size = dim(x, 2) * dim(x, 3);
  const std::int64_t out_size = dim(out, 2) * dim(out, 3);
  pool.run(dim(x, 0) * dim(x, 1), [&](std::int64_t index, int) {
    plane(x.values<T>() + index * size, out.writable<T>() + index * out_size);
  });
}

template <typename T>
void pad_plane(const T* from, std::int64_t height, std::int64_t width, std::int64_t top,
               std::int64_t left, T fill, T* to, std::int64_t out_height, std::int64_t out_width) {
  std::fill(to, to + out_height * out_width, fill);
  const std::int64_t first = std::max<std::int64_t>(0, -left);
  const std::int64_t last = std::min(width, out_width - left);
  for (std::int64_t y = std::max<std::int64_t>(0, -top); y < std::min(height, out_height - top);
       ++y) {
    if (first >= last) return;
    std::copy(from + y * width + first, from + y * width + last,
              to + (y + top) * out_width + left + first);
  }
}

// The source of each output position by PyTorch's rule, which scales in single precision.
std::vector<std::int64_t> nearest_sources(std::int64_t extent, std::int64_t out_extent) {
  const float scale = static_cast<float>(extent) / static_cast<float>(out_extent);
  std::vector<std::int64_t> sources(static_cast<std::size_t>(out_extent));
  for (std::int64_t i = 0; i < out_extent; ++i) {
    const auto source = static_cast<std::int64_t>(std::floor(static_cast<float>(i) * scale));
    sources[static_cast<std::size_t>(i)] = std::min(source, extent - 1);
  }
  return sources;
}

// Two neighbours and the weight of the second.
struct Blend {
  std::int64_t first, second;
  double weight;
};

std::vector<Blend> blends(std::int64_t extent, std::int64_t out_extent) {
  const double scale = static_cast<double>(extent) / static_cast<double>(out_extent);
  std::vector<Blend> all(static_cast<std::size_t>(out_extent));
  for (std::int64_t i = 0; i < out_extent; ++i) {
    const double at = std::max(0.0, scale * (static_cast<double>(i) + 0.5) - 0.5);
    const std::int64_t first = std::min(static_cast<std::int64_t>(at), extent - 1);
    all[static_cast<std::size_t>(i)] = {first, std::min(first + 1, extent - 1),
                                        at - static_cast<double>(first)};
  }
  return all;
}

template <typename T>
double blended(const T* row, const Blend& at) {
  return (1 - at.weight) * widen(row[at.first]) + at.weight * widen(row[at.second]);
}

}  // namespace

Result<ReferenceTensor> constant_pad(ReferenceSession& session, const ReferenceTensor& x,
                                     const std::int64_t pads[4], double value) {
  EFFGATE_TRY(require_floating("constant_pad", x));
  EFFGATE_ASSIGN(const effgate_shape shape, pad_shape(x.shape, pads));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([&pool = session.pool(), x, out, left = pads[0], top = pads[2], value]() mutable {
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      for_each_plane<T>(pool, x, out, [&](const T* from, T* to) {
        pad_plane(from, dim(x, 2), dim(x, 3), top, left, narrow<T>(value), to, dim(out, 2),
                  dim(out, 3));
      });
    });
  });
  return out;
}

Result<ReferenceTensor> upsample_nearest2d(ReferenceSession& session, const ReferenceTensor& x,
                                           std::int64_t height, std::int64_t width) {
  EFFGATE_TRY(require_floating("upsample_nearest2d", x));
  EFFGATE_ASSIGN(const effgate_shape shape, resized_shape(x.shape, height, width));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([&pool = session.pool(), x, out]() mutable {
    const std::vector<std::int64_t> rows = nearest_sources(dim(x, 2), dim(out, 2));
    const std::vector<std::int64_t> columns = nearest_sources(dim(x, 3), dim(out, 3));
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      for_each_plane<T>(pool, x, out, [&](const T* from, T* to) {
        for (const std::int64_t row : rows) {
          for (const std::int64_t column : columns) *to++ = from[row * dim(x, 3) + column];
        }
      });
    });
  });
  return out;
}

Result<ReferenceTensor> upsample_bilinear2d(ReferenceSession& session, const ReferenceTensor& x,
                                            std::int64_t height, std::int64_t width) {
  EFFGATE_TRY(require_floating("upsample_bilinear2d", x));
  EFFGATE_ASSIGN(const effgate_shape shape, resized_shape(x.shape, height, width));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  session.execute([&pool = session.pool(), x, out]() mutable {
    const std::vector<Blend> rows = blends(dim(x, 2), dim(out, 2));
    const std::vector<Blend> columns = blends(dim(x, 3), dim(out, 3));
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      for_each_plane<T>(pool, x, out, [&](const T* from, T* to) {
        for (const Blend& row : rows) {
          for (const Blend& column : columns) {
            const double upper = blended(from + row.first * dim(x, 3), column);
            const double lower = blended(from + row.second * dim(x, 3), column);
            *to++ = narrow<T>((1 - row.weight) * upper + row.weight * lower);
          }
        }
      });
    });
  });
  return out;
}

}  // namespace effgate
