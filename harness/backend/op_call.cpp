#include "harness/backend/op_call.h"

#include <algorithm>
#include <array>
#include <string>

namespace effgate {
namespace {

// What one call works on.
struct Call {
  const Session& session;
  const Op& op;
  std::span<effgate_tensor* const> operands;
  effgate_tensor** out;
  effgate_text error;
};

struct Rule;
using Form = effgate_code (*)(const Call&, const Rule&);

// How a kind becomes a call; `detail` is the number of an activation or a binary operation.
struct Rule {
  OpKind kind;
  Form form;
  std::int32_t detail = 0;
  std::int32_t in_place = 0;
};

effgate_code no_function(effgate_text error) {
  constexpr std::string_view kText = "the library has no such operation";
  if (error.capacity > kText.size()) *std::copy(kText.begin(), kText.end(), error.data) = '\0';
  return EFFGATE_UNSUPPORTED;
}

// Calls a function of the table on the session and `arguments`.
template <auto Function, typename... Arguments>
effgate_code invoke(const Call& call, Arguments... arguments) {
  const auto function = call.session.table().*Function;
  if (function == nullptr) return no_function(call.error);
  return function(call.session.get(), arguments..., call.out, call.error);
}

effgate_window to_window(const Window& window) {
  effgate_window out{};
  std::copy(window.kernel.begin(), window.kernel.end(), out.kernel);
  std::copy(window.stride.begin(), window.stride.end(), out.stride);
  std::copy(window.padding.begin(), window.padding.end(), out.padding);
  std::copy(window.dilation.begin(), window.dilation.end(), out.dilation);
  out.groups = window.groups;
  out.ceil_mode = window.ceil_mode ? 1 : 0;
  out.count_include_pad = window.count_include_pad ? 1 : 0;
  return out;
}

effgate_code conv2d(const Call& call, const Rule&) {
  const effgate_window window = to_window(call.op.window);
  const effgate_tensor* bias = call.operands.size() > 2 ? call.operands[2] : nullptr;
  return invoke<&effgate_backend::conv2d>(call, call.operands[0], call.operands[1], bias, &window);
}

effgate_code batch_norm(const Call& call, const Rule&) {
  return invoke<&effgate_backend::batch_norm>(call, call.operands[0], call.operands[1],
                                              call.operands[2], call.operands[3], call.operands[4],
                                              call.op.scalar);
}

effgate_code activation(const Call& call, const Rule& rule) {
  return invoke<&effgate_backend::activation>(call, rule.detail, call.operands[0], call.op.scalar,
                                              rule.in_place);
}

effgate_code binary(const Call& call, const Rule& rule) {
  return invoke<&effgate_backend::binary>(call, rule.detail, call.operands[0], call.operands[1],
                                          rule.in_place);
}

effgate_code constant_pad(const Call& call, const Rule&) {
  return invoke<&effgate_backend::constant_pad>(call, call.operands[0], call.op.extent.data(),
                                                call.op.scalar);
}

effgate_code add_scalar(const Call& call, const Rule&) {
  return invoke<&effgate_backend::add_scalar>(call, call.operands[0], call.op.scalar);
}

effgate_code select(const Call& call, const Rule&) {
  return invoke<&effgate_backend::select0>(call, call.operands[0], call.op.extent[0]);
}

template <auto Function>
effgate_code unary(const Call& call, const Rule&) {
  return invoke<Function>(call, call.operands[0]);
}

template <auto Function>
effgate_code pool(const Call& call, const Rule&) {
  const effgate_window window = to_window(call.op.window);
  return invoke<Function>(call, call.operands[0], &window);
}

// Functions that take a tensor and two numbers: height and width, or start and length.
template <auto Function>
effgate_code with_extent(const Call& call, const Rule&) {
  return invoke<Function>(call, call.operands[0], call.op.extent[0], call.op.extent[1]);
}

template <auto Function>
effgate_code join(const Call& call, const Rule&) {
  return invoke<Function>(call, call.operands.data(),
                          static_cast<std::int32_t>(call.operands.size()));
}

using Backend = effgate_backend;
constexpr Rule kRules[] = {
    {OpKind::conv2d, conv2d},
    {OpKind::batch_norm, batch_norm},
    {OpKind::silu_, activation, EFFGATE_ACT_SILU, 1},
    {OpKind::relu_, activation, EFFGATE_ACT_RELU, 1},
    {OpKind::relu6_, activation, EFFGATE_ACT_RELU6, 1},
    {OpKind::leaky_relu_, activation, EFFGATE_ACT_LEAKY_RELU, 1},
    {OpKind::hard_swish_, activation, EFFGATE_ACT_HARD_SWISH, 1},
    {OpKind::mish_, activation, EFFGATE_ACT_MISH, 1},
    {OpKind::silu, activation, EFFGATE_ACT_SILU},
    {OpKind::relu, activation, EFFGATE_ACT_RELU},
    {OpKind::relu6, activation, EFFGATE_ACT_RELU6},
    {OpKind::leaky_relu, activation, EFFGATE_ACT_LEAKY_RELU},
    {OpKind::hard_swish, activation, EFFGATE_ACT_HARD_SWISH},
    {OpKind::mish, activation, EFFGATE_ACT_MISH},
    {OpKind::hard_sigmoid, activation, EFFGATE_ACT_HARD_SIGMOID},
    {OpKind::sigmoid, activation, EFFGATE_ACT_SIGMOID},
    {OpKind::constant_pad_nd, constant_pad},
    {OpKind::max_pool2d, pool<&Backend::max_pool2d>},
    {OpKind::avg_pool2d, pool<&Backend::avg_pool2d>},
    {OpKind::mean_hw, unary<&Backend::mean_hw>},
    {OpKind::upsample_nearest2d, with_extent<&Backend::upsample_nearest2d>},
    {OpKind::upsample_bilinear2d, with_extent<&Backend::upsample_bilinear2d>},
    {OpKind::softmax0, unary<&Backend::softmax0>},
    {OpKind::sum_all, unary<&Backend::sum_all>},
    {OpKind::select, select},
    {OpKind::add_scalar, add_scalar},
    {OpKind::mul, binary, EFFGATE_MUL},
    {OpKind::div, binary, EFFGATE_DIV},
    {OpKind::add, binary, EFFGATE_ADD},
    {OpKind::add_, binary, EFFGATE_ADD, 1},
    {OpKind::stack_last, join<&Backend::stack_last>},
    {OpKind::sum_last, unary<&Backend::sum_last>},
    {OpKind::mul_last, binary, EFFGATE_MUL},
    {OpKind::cat1, join<&Backend::cat1>},
    {OpKind::narrow1, with_extent<&Backend::narrow1>},
};

// The rules are in the order of OpKind, one for each.
constexpr bool rules_cover_kinds() {
  if (std::size(kRules) != kOpKindCount) return false;
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    if (kRules[i].kind != static_cast<OpKind>(i)) return false;
  }
  return true;
}
static_assert(rules_cover_kinds());

}  // namespace

effgate_code call_operation(const Session& session, const Op& op,
                            std::span<effgate_tensor* const> operands, effgate_tensor** out,
                            effgate_text error) {
  const Rule& rule = kRules[static_cast<std::size_t>(op.kind)];
  return rule.form({session, op, operands, out, error}, rule);
}

}  // namespace effgate
