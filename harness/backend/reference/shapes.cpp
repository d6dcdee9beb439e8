#include "harness/backend/reference/shapes.h"

#include <algorithm>
#include <string>

#include "harness/backend/reference/tensor.h"

namespace effgate {
namespace {

Error misfit(std::string message) { return Error{ErrorKind::usage, std::move(message)}; }

Status require_positive(const effgate_window& window) {
  for (int axis = 0; axis < 2; ++axis) {
    if (window.kernel[axis] < 1 || window.stride[axis] < 1 || window.dilation[axis] < 1 ||
        window.padding[axis] < 0) {
      return misfit("a window with a kernel, stride or dilation below 1 or a negative padding");
    }
  }
  return success();
}

// Numerator of the number of steps that a window makes over one axis; negative where it does not
// fit once.
std::int64_t room(std::int64_t extent, const effgate_window& window, int axis) {
  return extent + 2 * window.padding[axis] -
         (window.dilation[axis] * (window.kernel[axis] - 1) + 1);
}

// PyTorch's rule: with ceil_mode a last window that would start in the far padding is dropped.
std::int64_t pooled_extent(std::int64_t extent, const effgate_window& window, int axis) {
  const std::int64_t stride = window.stride[axis];
  const std::int64_t free = room(extent, window, axis);
  if (free < 0) return 0;
  std::int64_t out = (free + (window.ceil_mode != 0 ? stride - 1 : 0)) / stride + 1;
  if (window.ceil_mode != 0 && (out - 1) * stride >= extent + window.padding[axis]) --out;
  return out;
}

Status require_groups(const effgate_shape& x, const effgate_shape& weight,
                      const effgate_window& window) {
  const std::int64_t groups = window.groups;
  if (groups < 1 || x.dims[1] % groups != 0 || weight.dims[0] % groups != 0 ||
      weight.dims[1] != x.dims[1] / groups) {
    return misfit("weights " + shape_text(weight) + " in " + std::to_string(groups) +
                  " groups do not fit the input " + shape_text(x));
  }
  return success();
}

}  // namespace

Status require_image(const effgate_shape& x) {
  if (x.rank != 4) return misfit("expected [N,C,H,W], got " + shape_text(x));
  return success();
}

Result<effgate_shape> conv2d_shape(const effgate_shape& x, const effgate_shape& weight,
                                   const effgate_shape* bias, const effgate_window& window) {
  EFFGATE_TRY(require_image(x));
  EFFGATE_TRY(require_image(weight));
  EFFGATE_TRY(require_positive(window));
  EFFGATE_TRY(require_groups(x, weight, window));
  if (weight.dims[2] != window.kernel[0] || weight.dims[3] != window.kernel[1]) {
    return misfit("the kernel of weights " + shape_text(weight) + " is not the window's");
  }
  if (bias != nullptr && (bias->rank != 1 || bias->dims[0] != weight.dims[0])) {
    return misfit("bias " + shape_text(*bias) + " for weights " + shape_text(weight));
  }
  effgate_shape out = make_shape({x.dims[0], weight.dims[0], 0, 0});
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t free = room(x.dims[2 + axis], window, axis);
    if (free < 0) return misfit("the kernel is larger than the padded input " + shape_text(x));
    out.dims[2 + axis] = free / window.stride[axis] + 1;
  }
  return out;
}

Result<effgate_shape> pool2d_shape(const effgate_shape& x, const effgate_window& window) {
  EFFGATE_TRY(require_image(x));
  EFFGATE_TRY(require_positive(window));
  effgate_shape out = x;
  for (int axis = 0; axis < 2; ++axis) {
    if (window.padding[axis] > window.kernel[axis] / 2) {
      return misfit("a pool padded by more than half its kernel");
    }
    out.dims[2 + axis] = pooled_extent(x.dims[2 + axis], window, axis);
    if (out.dims[2 + axis] < 1) return misfit("a pool larger than the input " + shape_text(x));
  }
  return out;
}

Result<effgate_shape> pad_shape(const effgate_shape& x, const std::int64_t pads[4]) {
  EFFGATE_TRY(require_image(x));
  effgate_shape out = x;
  out.dims[3] += pads[0] + pads[1];
  out.dims[2] += pads[2] + pads[3];
  if (out.dims[2] < 1 || out.dims[3] < 1) {
    return misfit("padding leaves nothing of " + shape_text(x));
  }
  return out;
}

Result<effgate_shape> resized_shape(const effgate_shape& x, std::int64_t height,
                                    std::int64_t width) {
  EFFGATE_TRY(require_image(x));
  if (height < 1 || width < 1 || x.dims[2] < 1 || x.dims[3] < 1) {
    return misfit("resizing " + shape_text(x) + " to " + std::to_string(height) + "x" +
                  std::to_string(width));
  }
  return make_shape({x.dims[0], x.dims[1], height, width});
}

Result<effgate_shape> broadcast_shape(const effgate_shape& a, const effgate_shape& b) {
  effgate_shape out{};
  out.rank = std::max(a.rank, b.rank);
  for (int i = 1; i <= out.rank; ++i) {
    const std::int64_t of_a = i <= a.rank ? a.dims[a.rank - i] : 1;
    const std::int64_t of_b = i <= b.rank ? b.dims[b.rank - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) {
      return misfit("shapes " + shape_text(a) + " and " + shape_text(b) + " do not broadcast");
    }
    out.dims[out.rank - i] = of_a == 1 ? of_b : of_a;
  }
  return out;
}

Result<effgate_shape> without_first_dim(const effgate_shape& x) {
  if (x.rank < 1) return misfit("a scalar has no dimension to take an element of");
  effgate_shape out{};
  out.rank = x.rank - 1;
  std::copy(x.dims + 1, x.dims + x.rank, out.dims);
  return out;
}

Result<effgate_shape> without_last_dim(const effgate_shape& x) {
  if (x.rank < 1) return misfit("a scalar has no last dimension");
  effgate_shape out = x;
  out.dims[--out.rank] = 0;
  return out;
}

Result<effgate_shape> stacked_last_shape(std::span<const effgate_shape> xs) {
  if (xs.empty()) return misfit("stacking nothing");
  for (const effgate_shape& x : xs) {
    if (!same_shape(x, xs[0])) {
      return misfit("stacking " + shape_text(xs[0]) + " and " + shape_text(x));
    }
  }
  if (xs[0].rank == EFFGATE_MAX_RANK) return misfit("stacking tensors of the largest rank");
  effgate_shape out = xs[0];
  out.dims[out.rank++] = static_cast<std::int64_t>(xs.size());
  return out;
}

Result<effgate_shape> concatenated_shape(std::span<const effgate_shape> xs) {
  if (xs.empty() || xs[0].rank < 2) return misfit("nothing to join along dimension 1");
  effgate_shape out = xs[0];
  out.dims[1] = 0;
  for (const effgate_shape& x : xs) {
    effgate_shape rest = x;
    if (rest.rank == out.rank) rest.dims[1] = out.dims[1];
    if (!same_shape(rest, out)) {
      return misfit("joining " + shape_text(xs[0]) + " and " + shape_text(x));
    }
    out.dims[1] += x.dims[1];
  }
  return out;
}

Result<effgate_shape> narrowed_shape(const effgate_shape& x, std::int64_t start,
                                     std::int64_t length) {
  if (x.rank < 2 || start < 0 || length < 0 || start > x.dims[1] || length > x.dims[1] - start) {
    return misfit("taking " + std::to_string(length) + " from " + std::to_string(start) + " of " +
                  shape_text(x));
  }
  effgate_shape out = x;
  out.dims[1] = length;
  return out;
}

}  // namespace effgate
