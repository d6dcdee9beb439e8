#include "harness/graph/padding.h"

#include <algorithm>

namespace effgate {
namespace {

// Both sides together, so that the output has ceil(size / stride) cells.
std::int64_t same_total(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t cells = (size + stride - 1) / stride;
  return std::max<std::int64_t>((cells - 1) * stride + kernel - size, 0);
}

std::int64_t symmetric_side(std::int64_t kernel, std::int64_t stride) {
  return (stride - 1 + kernel - 1) / 2;
}

}  // namespace

WindowPadding window_padding(PaddingStyle style, std::array<std::int64_t, 2> size,
                             std::array<std::int64_t, 2> kernel,
                             std::array<std::int64_t, 2> stride) {
  const bool even_sides =
      stride[0] == 1 && stride[1] == 1 && kernel[0] % 2 == 1 && kernel[1] % 2 == 1;
  const bool by_the_call = even_sides && style == PaddingStyle::same;
  if (style == PaddingStyle::symmetric || by_the_call) {
    return {.inside = {symmetric_side(kernel[0], stride[0]), symmetric_side(kernel[1], stride[1])}};
  }
  const std::int64_t vertical = same_total(size[0], kernel[0], stride[0]);
  const std::int64_t horizontal = same_total(size[1], kernel[1], stride[1]);
  return {.has_margins = style == PaddingStyle::same || vertical > 0 || horizontal > 0,
          .margins = {horizontal / 2, horizontal - horizontal / 2, vertical / 2,
                      vertical - vertical / 2}};
}

}  // namespace effgate
