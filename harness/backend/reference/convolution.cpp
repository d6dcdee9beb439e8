#include <algorithm>
#include <vector>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"
#include "harness/backend/reference/shapes.h"

namespace effgate {
namespace {

// Bytes of one task's packed input: it stays in the second-level cache while all rows of weights
// pass over it.
constexpr std::int64_t kPackedBytes = 192 * 1024;

struct Geometry {
  std::int64_t batch, channels, height, width;
  std::int64_t out_channels, out_height, out_width;
  std::int64_t groups, group_in, group_out;
  effgate_window window;

  std::int64_t taps() const { return window.kernel[0] * window.kernel[1]; }
  std::int64_t depth() const { return group_in * taps(); }
  std::int64_t columns() const { return out_height * out_width; }
  bool is_depthwise() const { return group_in == 1; }
  bool is_pointwise() const {
    return taps() == 1 && window.stride[0] == 1 && window.stride[1] == 1 &&
           window.padding[0] == 0 && window.padding[1] == 0;
  }
};

Geometry geometry_of(const ReferenceTensor& x, const ReferenceTensor& out,
                     const effgate_window& window) {
  Geometry g{};
  g.batch = dim(x, 0), g.channels = dim(x, 1), g.height = dim(x, 2), g.width = dim(x, 3);
  g.out_channels = dim(out, 1), g.out_height = dim(out, 2), g.out_width = dim(out, 3);
  g.groups = window.groups;
  g.group_in = g.channels / g.groups;
  g.group_out = g.out_channels / g.groups;
  g.window = window;
  return g;
}

std::int64_t rounded_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

// One convolution on tensors of element type T.
template <typename T>
class Convolution {
 public:
  Convolution(const Geometry& geometry, const ConvolutionKernels& kernels, const T* x,
              const T* weight, const T* bias, T* out)
      : g_(geometry), kernels_(kernels), x_(x), weight_(weight), bias_(bias), out_(out) {}

  void run(ReferenceSession& session) {
    if (g_.is_depthwise()) {
      run_by_channel(session);
    } else {
      run_as_product(session);
    }
  }

 private:
  double bias_of(std::int64_t channel) const {
    return bias_ == nullptr ? 0.0 : widen(bias_[channel]);
  }

  // --- a matrix product of weights [rows, depth] and gathered input [depth, columns] ---

  void run_as_product(ReferenceSession& session) {
    const std::int64_t fitting = kPackedBytes / static_cast<std::int64_t>(sizeof(double));
    const std::int64_t block = std::clamp(fitting / g_.depth() / kTileColumns * kTileColumns,
                                          kTileColumns, rounded_up(g_.columns(), kTileColumns));
    const std::int64_t blocks = (g_.columns() + block - 1) / block;
    const std::vector<double> weights = packed_weights();
    session.pool().run(g_.batch * g_.groups * blocks, [&](std::int64_t task, int worker) {
      double* packed = session.scratch(worker, static_cast<std::size_t>(g_.depth() * block));
      const std::int64_t first = task % blocks * block;
      const std::int64_t last = std::min(first + block, g_.columns());
      const std::int64_t group = task / blocks % g_.groups;
      const std::int64_t image = task / blocks / g_.groups;
      pack_input(image, group, first, last, packed);
      multiply_block(image, group, first, last, weights.data(), packed);
    });
  }

  std::int64_t row_tiles() const { return (g_.group_out + kTileRows - 1) / kTileRows; }

  // [groups][tiles of 6 rows][depth][6], rows beyond the last are zero.
  std::vector<double> packed_weights() const {
    const std::int64_t depth = g_.depth();
    std::vector<double> packed(
        static_cast<std::size_t>(g_.groups * row_tiles() * depth * kTileRows));
    for (std::int64_t channel = 0; channel < g_.out_channels; ++channel) {
      const std::int64_t group = channel / g_.group_out;
      const std::int64_t row = channel % g_.group_out;
      const std::int64_t tile = group * row_tiles() + row / kTileRows;
      double* to = packed.data() + tile * depth * kTileRows + row % kTileRows;
      const T* from = weight_ + channel * depth;
      for (std::int64_t k = 0; k < depth; ++k) to[k * kTileRows] = widen(from[k]);
    }
    return packed;
  }

  // [tiles of 8 columns][depth][8], columns beyond the last are zero.
  void pack_input(std::int64_t image, std::int64_t group, std::int64_t first, std::int64_t last,
                  double* packed) const {
    const T* planes = x_ + (image * g_.channels + group * g_.group_in) * g_.height * g_.width;
    for (std::int64_t column = first; column < last; column += kTileColumns) {
      const std::int64_t count = std::min(kTileColumns, last - column);
      if (g_.is_pointwise()) {
        pack_pointwise(planes, column, count, packed);
      } else {
        pack_windows(planes, column, count, packed);
      }
      packed += g_.depth() * kTileColumns;
    }
  }

  void pack_pointwise(const T* planes, std::int64_t column, std::int64_t count,
                      double* packed) const {
    const T* from = planes + column;
    for (std::int64_t k = 0; k < g_.depth(); ++k) {
      for (std::int64_t i = 0; i < count; ++i) packed[i] = widen(from[i]);
      for (std::int64_t i = count; i < kTileColumns; ++i) packed[i] = 0;
      packed += kTileColumns;
      from += g_.columns();
    }
  }

  void pack_windows(const T* planes, std::int64_t column, std::int64_t count,
                    double* packed) const {
    for (std::int64_t i = 0; i < kTileColumns; ++i) {
      const std::int64_t top =
          (column + i) / g_.out_width * g_.window.stride[0] - g_.window.padding[0];
      const std::int64_t left =
          (column + i) % g_.out_width * g_.window.stride[1] - g_.window.padding[1];
      pack_window(planes, top, left, i < count, packed + i);
    }
  }

  void pack_window(const T* planes, std::int64_t top, std::int64_t left, bool exists,
                   double* packed) const {
    for (std::int64_t channel = 0; channel < g_.group_in; ++channel) {
      const T* plane = planes + channel * g_.height * g_.width;
      for (std::int64_t ky = 0; ky < g_.window.kernel[0]; ++ky) {
        const std::int64_t y = top + ky * g_.window.dilation[0];
        const bool row_inside = exists && y >= 0 && y < g_.height;
        for (std::int64_t kx = 0; kx < g_.window.kernel[1]; ++kx) {
          const std::int64_t x = left + kx * g_.window.dilation[1];
          const bool inside = row_inside && x >= 0 && x < g_.width;
          *packed = inside ? widen(plane[y * g_.width + x]) : 0.0;
          packed += kTileColumns;
        }
      }
    }
  }

  void multiply_block(std::int64_t image, std::int64_t group, std::int64_t first, std::int64_t last,
                      const double* weights, const double* packed) const {
    double tile[kTileRows * kTileColumns];
    const std::int64_t depth = g_.depth();
    for (std::int64_t row = 0; row < g_.group_out; row += kTileRows) {
      const double* a = weights + (group * row_tiles() + row / kTileRows) * depth * kTileRows;
      const std::int64_t rows = std::min(kTileRows, g_.group_out - row);
      const std::int64_t channel = group * g_.group_out + row;
      for (std::int64_t column = first; column < last; column += kTileColumns) {
        kernels_.multiply_tile(depth, a, packed + (column - first) * depth, tile);
        store_tile(tile, image, channel, rows, column, std::min(kTileColumns, last - column));
      }
    }
  }

  void store_tile(const double* tile, std::int64_t image, std::int64_t channel, std::int64_t rows,
                  std::int64_t column, std::int64_t count) const {
    for (std::int64_t row = 0; row < rows; ++row) {
      const double bias = bias_of(channel + row);
      T* to = out_ + (image * g_.out_channels + channel + row) * g_.columns() + column;
      for (std::int64_t i = 0; i < count; ++i) {
        to[i] = narrow<T>(tile[row * kTileColumns + i] + bias);
      }
    }
  }

  // --- one input channel per output channel ---

  // The padded plane in double, every row split by column modulo the stride, so that each tap of
  // the kernel reads consecutive numbers.
  struct Plane {
    std::int64_t rows, phase_width, phases;
    std::int64_t row_size() const { return phase_width * phases; }
  };

  Plane plane_layout() const {
    const effgate_window& w = g_.window;
    const std::int64_t width =
        (g_.out_width - 1) * w.stride[1] + w.dilation[1] * (w.kernel[1] - 1) + 1;
    const std::int64_t rows =
        (g_.out_height - 1) * w.stride[0] + w.dilation[0] * (w.kernel[0] - 1) + 1;
    return {rows, (width + w.stride[1] - 1) / w.stride[1], w.stride[1]};
  }

  void run_by_channel(ReferenceSession& session) {
    const Plane plane = plane_layout();
    const std::int64_t plane_size = plane.rows * plane.row_size();
    const std::int64_t scratch_size = plane_size + g_.out_width + g_.taps();
    session.pool().run(g_.batch * g_.channels, [&](std::int64_t task, int worker) {
      double* padded = session.scratch(worker, static_cast<std::size_t>(scratch_size));
      double* row = padded + plane_size;
      double* weights = row + g_.out_width;
      unpack_plane(x_ + task * g_.height * g_.width, plane, padded);
      const std::int64_t image = task / g_.channels;
      const std::int64_t channel = task % g_.channels;
      for (std::int64_t i = 0; i < g_.group_out; ++i) {
        filter_plane(image, channel * g_.group_out + i, plane, padded, weights, row);
      }
    });
  }

  void unpack_plane(const T* from, const Plane& plane, double* padded) const {
    std::fill(padded, padded + plane.rows * plane.row_size(), 0.0);
    const std::int64_t top = g_.window.padding[0];
    const std::int64_t left = g_.window.padding[1];
    const std::int64_t rows = std::min(g_.height, plane.rows - top);
    const std::int64_t columns = std::min(g_.width, plane.row_size() - left);
    for (std::int64_t y = 0; y < rows; ++y) {
      double* to = padded + (y + top) * plane.row_size();
      const T* source = from + y * g_.width;
      if (plane.phases == 1) {
        for (std::int64_t x = 0; x < columns; ++x) to[left + x] = widen(source[x]);
        continue;
      }
      for (std::int64_t x = 0; x < columns; ++x) {
        to[(left + x) % plane.phases * plane.phase_width + (left + x) / plane.phases] =
            widen(source[x]);
      }
    }
  }

  void filter_plane(std::int64_t image, std::int64_t channel, const Plane& plane,
                    const double* padded, double* weights, double* row) const {
    const effgate_window& w = g_.window;
    for (std::int64_t t = 0; t < g_.taps(); ++t) {
      weights[t] = widen(weight_[channel * g_.taps() + t]);
    }
    std::vector<const double*> sources(static_cast<std::size_t>(g_.taps()));
    const double bias = bias_of(channel);
    for (std::int64_t y = 0; y < g_.out_height; ++y) {
      for (std::int64_t t = 0; t < g_.taps(); ++t) {
        const std::int64_t in_y = y * w.stride[0] + t / w.kernel[1] * w.dilation[0];
        const std::int64_t shift = t % w.kernel[1] * w.dilation[1];
        sources[static_cast<std::size_t>(t)] = padded + in_y * plane.row_size() +
                                               shift % plane.phases * plane.phase_width +
                                               shift / plane.phases;
      }
      kernels_.weighted_sum(g_.taps(), sources.data(), weights, g_.out_width, row);
      T* to = out_ + ((image * g_.out_channels + channel) * g_.out_height + y) * g_.out_width;
      for (std::int64_t x = 0; x < g_.out_width; ++x) to[x] = narrow<T>(row[x] + bias);
    }
  }

  const Geometry& g_;
  const ConvolutionKernels& kernels_;
  const T* x_;
  const T* weight_;
  const T* bias_;
  T* out_;
};

}  // namespace

Result<ReferenceTensor> conv2d(ReferenceSession& session, const ReferenceTensor& x,
                               const ReferenceTensor& weight, const ReferenceTensor* bias,
                               const effgate_window& window, const ConvolutionKernels& kernels) {
  EFFGATE_TRY(require_floating("conv2d", x));
  EFFGATE_TRY(require_same_dtype("conv2d", x, weight));
  if (bias != nullptr) EFFGATE_TRY(require_same_dtype("conv2d", x, *bias));
  EFFGATE_ASSIGN(const effgate_shape shape,
                 conv2d_shape(x.shape, weight.shape, bias ? &bias->shape : nullptr, window));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, shape));
  ReferenceTensor offsets = bias != nullptr ? *bias : ReferenceTensor{};
  session.execute([&session, &kernels, x, weight, offsets, out, window]() mutable {
    const Geometry geometry = geometry_of(x, out, window);
    if (element_count(out.shape) == 0) return;
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      const T* bias_values = offsets.buffer ? offsets.values<T>() : nullptr;
      Convolution<T>(geometry, kernels, x.values<T>(), weight.values<T>(), bias_values,
                     out.writable<T>())
          .run(session);
    });
  });
  return out;
}

}  // namespace effgate
