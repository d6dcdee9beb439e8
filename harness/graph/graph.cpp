#include "harness/graph/graph.h"

namespace effgate {
namespace {

constexpr std::array<std::string_view, kOpKindCount> kOpNames{
    "conv2d",
    "batch_norm",
    "silu_",
    "relu_",
    "relu6_",
    "leaky_relu_",
    "hard_swish_",
    "mish_",
    "silu",
    "relu",
    "relu6",
    "leaky_relu",
    "hard_swish",
    "mish",
    "hard_sigmoid",
    "sigmoid",
    "constant_pad_nd",
    "max_pool2d",
    "avg_pool2d",
    "mean_hw",
    "upsample_nearest2d",
    "upsample_bilinear2d",
    "softmax0",
    "sum_all",
    "select",
    "add_scalar",
    "mul",
    "div",
    "add",
    "add_",
    "stack_last",
    "sum_last",
    "mul_last",
    "cat1",
    "narrow1",
};
static_assert(kOpNames.back() == "narrow1");

}  // namespace

std::string_view to_string(OpKind kind) { return kOpNames.at(static_cast<std::size_t>(kind)); }

}  // namespace effgate
