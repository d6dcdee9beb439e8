#include "harness/graph/builder.h"

#include <array>
#include <utility>

#include "harness/graph/padding.h"

namespace effgate {
namespace {

// Cells of the output along one axis, the pooling and convolution formula of every library.
std::int64_t window_cells(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                          std::int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

struct ActivationCalls {
  OpKind in_place, fresh;
};
// By activation, of those that are one call.
constexpr std::array<ActivationCalls, kActivationCount> kActivationCalls{{
    {OpKind::silu_, OpKind::silu},
    {OpKind::relu6_, OpKind::relu6},
    {OpKind::relu_, OpKind::relu},
    {OpKind::leaky_relu_, OpKind::leaky_relu},
    {OpKind::hard_swish_, OpKind::hard_swish},
    {OpKind::mish_, OpKind::mish},
}};

const ActivationCalls& calls_of(Activation activation) {
  return kActivationCalls.at(static_cast<std::size_t>(activation));
}

constexpr double kLeakySlope = 0.01;

double scalar_of(Activation activation) {
  return activation == Activation::leaky_relu ? kLeakySlope : 0;
}

}  // namespace

NetworkBuilder::NetworkBuilder(Graph& graph, Calls calls) : graph_(graph), calls_(calls) {
  graph_.values.push_back({{graph_.batch, 3, graph_.height, graph_.width}});
  last_writer_.push_back(-1);
}

ParamId NetworkBuilder::declare(std::string name, std::vector<std::int64_t> shape, DType dtype) {
  graph_.params.push_back({std::move(name), std::move(shape), dtype});
  return static_cast<ParamId>(graph_.params.size() - 1);
}

Conv NetworkBuilder::declare_conv(std::string path, const ConvSpec& spec) {
  Conv conv{std::move(path), spec, {}};
  conv.params.push_back(
      declare(conv.path + ".weight",
              {spec.out_channels, spec.in_channels / spec.groups, spec.kernel, spec.kernel}));
  if (spec.bias) conv.params.push_back(declare(conv.path + ".bias", {spec.out_channels}));
  return conv;
}

BatchNorm NetworkBuilder::declare_batch_norm(std::string path, std::int64_t channels, double eps) {
  BatchNorm norm{std::move(path), eps, {}};
  for (const std::string_view name : {".weight", ".bias", ".running_mean", ".running_var"}) {
    norm.params.push_back(declare(norm.path + std::string(name), {channels}));
  }
  declare(norm.path + ".num_batches_tracked", {}, DType::int64);
  return norm;
}

FeatureConv NetworkBuilder::declare_feature_conv(std::string path, const FeatureConvSpec& spec) {
  FeatureConv conv{std::move(path), {}};
  const auto add = [&](std::string_view name, const ConvSpec& part) {
    conv.convs.push_back(declare_conv(conv.path + std::string(name), part));
  };
  const ConvSpec out{.in_channels = spec.in_channels,
                     .out_channels = spec.out_channels,
                     .bias = spec.bias,
                     .padding = spec.padding};
  if (spec.separable) {
    add(".conv_dw", {.in_channels = spec.in_channels,
                     .out_channels = spec.in_channels,
                     .kernel = 3,
                     .groups = spec.in_channels,
                     .padding = spec.padding});
    add(".conv_pw", out);
  } else {
    ConvSpec dense = out;
    dense.kernel = 3;
    add(".conv", dense);
  }
  return conv;
}

ValueId NetworkBuilder::call(const Conv& conv, ValueId x, std::string_view suffix) {
  const ConvSpec& spec = conv.spec;
  Window window{.kernel = {spec.kernel, spec.kernel},
                .stride = {spec.stride, spec.stride},
                .groups = spec.groups};
  const WindowPadding padding =
      window_padding(spec.padding, {shape(x)[2], shape(x)[3]}, window.kernel, window.stride);
  window.padding = padding.inside;
  if (padding.has_margins) x = pad(x, padding.margins, 0);
  const ValueId y =
      windowed({.kind = OpKind::conv2d, .inputs = {x}, .params = conv.params, .window = window},
               spec.out_channels);
  tap_call(conv.path, suffix, y);
  return y;
}

ValueId NetworkBuilder::call(const BatchNorm& norm, ValueId x) {
  const ValueId y = batch_norm(norm, x);
  tap_call(norm.path, {}, y);
  return y;
}

ValueId NetworkBuilder::call(const BatchNorm& norm, Activation activation, ValueId x) {
  const ValueId y = activate(activation, batch_norm(norm, x));
  tap_call(norm.path, {}, y);
  return y;
}

ValueId NetworkBuilder::call(const FeatureConv& conv, ValueId x, std::string_view suffix) {
  for (const Conv& part : conv.convs) x = call(part, x, suffix);
  return x;
}

ValueId NetworkBuilder::activate(Activation activation, ValueId x) {
  if (activation == Activation::swish) return swish(x);
  return emit_in_place(
      {.kind = calls_of(activation).in_place, .inputs = {x}, .scalar = scalar_of(activation)});
}

ValueId NetworkBuilder::activated(Activation activation, ValueId x) {
  if (activation == Activation::swish) return swish(x);
  return emit({.kind = calls_of(activation).fresh, .inputs = {x}, .scalar = scalar_of(activation)},
              shape(x));
}

ValueId NetworkBuilder::swish(ValueId x) {
  const ValueId gate = emit({.kind = OpKind::sigmoid, .inputs = {x}}, shape(x));
  return emit({.kind = OpKind::mul, .inputs = {x, gate}}, shape(x));
}

ValueId NetworkBuilder::max_pool(ValueId x, std::array<std::int64_t, 2> kernel,
                                 std::array<std::int64_t, 2> stride, PaddingStyle style,
                                 double fill) {
  Window window{.kernel = kernel, .stride = stride};
  const WindowPadding padding = window_padding(style, {shape(x)[2], shape(x)[3]}, kernel, stride);
  window.padding = padding.inside;
  if (padding.has_margins) x = pad(x, padding.margins, fill);
  return windowed({.kind = OpKind::max_pool2d, .inputs = {x}, .window = window}, channels(x));
}

ValueId NetworkBuilder::add(ValueId a, ValueId b) {
  return emit({.kind = OpKind::add, .inputs = {a, b}}, shape(a));
}

ValueId NetworkBuilder::add_in_place(ValueId a, ValueId b) {
  return emit_in_place({.kind = OpKind::add_, .inputs = {a, b}});
}

ValueId NetworkBuilder::narrow(ValueId x, std::int64_t start, std::int64_t length) {
  std::vector<std::int64_t> part = shape(x);
  part[1] = length;
  return emit({.kind = OpKind::narrow1, .inputs = {x}, .extent = {start, length}}, std::move(part));
}

ValueId NetworkBuilder::concatenate(std::vector<ValueId> inputs) {
  std::vector<std::int64_t> whole = shape(inputs.front());
  whole[1] = 0;
  for (const ValueId input : inputs) whole[1] += channels(input);
  return emit({.kind = OpKind::cat1, .inputs = std::move(inputs)}, std::move(whole));
}

ValueId NetworkBuilder::emit(Op op, std::vector<std::int64_t> shape) {
  const auto output = static_cast<ValueId>(graph_.values.size());
  graph_.values.push_back({std::move(shape)});
  last_writer_.push_back(static_cast<std::int32_t>(graph_.ops.size()));
  op.output = output;
  if (calls_ == Calls::recorded) graph_.ops.push_back(std::move(op));
  return output;
}

ValueId NetworkBuilder::emit_in_place(Op op) {
  const ValueId output = op.inputs.front();
  last_writer_[static_cast<std::size_t>(output)] = static_cast<std::int32_t>(graph_.ops.size());
  op.output = output;
  if (calls_ == Calls::recorded) graph_.ops.push_back(std::move(op));
  return output;
}

const std::vector<std::int64_t>& NetworkBuilder::shape(ValueId value) const {
  return graph_.values.at(static_cast<std::size_t>(value)).shape;
}

void NetworkBuilder::tap_call(const std::string& path, std::string_view suffix, ValueId value) {
  if (calls_ == Calls::recorded) tap(path + std::string(suffix), value);
}

void NetworkBuilder::tap(std::string name, ValueId value) {
  if (calls_ == Calls::recorded) graph_.taps.push_back(named(std::move(name), value));
}

Tap NetworkBuilder::named(std::string name, ValueId value) const {
  return {std::move(name), value, last_writer_.at(static_cast<std::size_t>(value))};
}

ValueId NetworkBuilder::batch_norm(const BatchNorm& norm, ValueId x) {
  return emit(
      {.kind = OpKind::batch_norm, .inputs = {x}, .params = norm.params, .scalar = norm.eps},
      shape(x));
}

ValueId NetworkBuilder::pad(ValueId x, const std::array<std::int64_t, 4>& margins, double fill) {
  std::vector<std::int64_t> padded = shape(x);
  padded[2] += margins[2] + margins[3];
  padded[3] += margins[0] + margins[1];
  return emit({.kind = OpKind::constant_pad_nd,
               .inputs = {x},

               .extent = margins,
               .scalar = fill},
              std::move(padded));
}

ValueId NetworkBuilder::windowed(Op op, std::int64_t channels) {
  const std::vector<std::int64_t>& in = shape(op.inputs.front());
  const Window& window = op.window;
  std::vector<std::int64_t> out{in[0], channels, 0, 0};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    out[2 + axis] =
        window_cells(in[2 + axis], window.kernel[axis], window.stride[axis], window.padding[axis]);
  }
  return emit(std::move(op), std::move(out));
}

}  // namespace effgate
