#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/dtype.h"

namespace effgate {

// EfficientDet as data: a list of operations over values and parameters, in the order and with the
// calls of the implementation it stands for. One operation is one call of a tensor library, so that
// whatever a library does to that call is seen. Nothing here knows a tensor library.

// One tensor of the state dict, in Python module order. Shapes are row-major, a scalar has none.
struct ParamSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  DType dtype = DType::float32;

  friend bool operator==(const ParamSpec&, const ParamSpec&) = default;
};

// Index into Graph::values and Graph::params.
using ValueId = std::int32_t;
using ParamId = std::int32_t;

// What an operation does; the name is that of the ATen call. A trailing underscore works in place:
// the output is then the same value as the first input.
enum class OpKind {
  // inputs x; params weight[, bias]; window
  conv2d,
  // inputs x; params weight, bias, running_mean, running_var; scalar = eps. Eval mode.
  batch_norm,
  // inputs x; activations
  silu_,
  relu_,
  relu6_,       // hardtanh_(0, 6)
  leaky_relu_,  // scalar = negative slope
  hard_swish_,
  mish_,
  silu,
  relu,
  relu6,
  leaky_relu,
  hard_swish,
  mish,
  hard_sigmoid,
  sigmoid,
  // inputs x; extent = left, right, top, bottom; scalar = fill value
  constant_pad_nd,
  // inputs x; window
  max_pool2d,
  avg_pool2d,
  // inputs x [N,C,H,W] -> [N,C,1,1]
  mean_hw,
  // inputs x; extent = height, width of the output
  upsample_nearest2d,
  upsample_bilinear2d,  // align_corners false
  // fusion. `relu` and `softmax0` and `sum_all` also take a parameter instead of an input: then
  // inputs is empty and params has one entry.
  softmax0,    // softmax over dimension 0
  sum_all,     // -> scalar
  select,      // inputs v; extent[0] = index along dimension 0
  add_scalar,  // inputs v; scalar
  mul,         // inputs a, b (broadcast)
  div,         // inputs a, b (broadcast)
  add,         // inputs a, b
  add_,
  stack_last,  // inputs a...; along a new last dimension
  sum_last,    // inputs x; over the last dimension
  mul_last,    // inputs x [..., n], v [n]
  cat1,        // inputs a...; along dimension 1
  narrow1,     // inputs x; extent = start, length along dimension 1
};
inline constexpr int kOpKindCount = static_cast<int>(OpKind::narrow1) + 1;
std::string_view to_string(OpKind kind);

// Kernel geometry of convolutions and pools, height first.
struct Window {
  std::array<std::int64_t, 2> kernel{1, 1};
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> padding{0, 0};  // both sides alike; uneven padding is its own call
  std::array<std::int64_t, 2> dilation{1, 1};
  std::int64_t groups = 1;
  bool ceil_mode = false;
  bool count_include_pad = true;

  friend bool operator==(const Window&, const Window&) = default;
};

struct Op {
  OpKind kind;
  std::vector<ValueId> inputs{};
  std::vector<ParamId> params{};
  ValueId output = 0;
  Window window{};
  std::array<std::int64_t, 4> extent{};
  double scalar = 0;
};

// A tensor that an operation makes, or the network's input (value 0).
struct Value {
  std::vector<std::int64_t> shape;  // NCHW for feature maps
};

// A value that has a name: when operation `after` has run, `value` is what the module at this
// state-dict path returns. In-place operations may change it later. `after` = -1 is the input.
struct Tap {
  std::string name;
  ValueId value = 0;
  std::int32_t after = -1;
};

// One network built for one input size.
struct Graph {
  std::string model;  // catalogue name
  std::int64_t batch = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
  int min_level = 3;
  int max_level = 7;
  std::int64_t num_classes = 90;
  std::int64_t anchors_per_cell = 9;

  std::vector<ParamSpec> params;  // the whole state-dict schema, also what no operation reads
  std::vector<Value> values;      // [0] is the input [batch,3,height,width]
  std::vector<Op> ops;            // in execution order
  // class/3 … class/L, then box/3 … box/L: logits and box regressions [N,C,H,W].
  std::vector<Tap> outputs;
  // Features `backbone/L` and `fpn/L`, and every module's result by its state-dict path.
  std::vector<Tap> taps;
};

}  // namespace effgate
