#include <ATen/Context.h>
#include <ATen/ops/add.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/div.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/narrow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/select.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <array>
#include <vector>

#include "harness/backend/torch/adapter.h"
#include "harness/backend/torch/handles.h"

namespace effgate {
namespace {

at::IntArrayRef pair(const int64_t (&values)[2]) { return {values, 2}; }

const effgate_window& window_of(const effgate_window* window) {
  require(window != nullptr, "a null window");
  return *window;
}

effgate_code conv2d(effgate_session* session, const effgate_tensor* x, const effgate_tensor* weight,
                    const effgate_tensor* bias, const effgate_window* window, effgate_tensor** out,
                    effgate_text error) {
  return making(session, out, error, [&] {
    const effgate_window& w = window_of(window);
    const at::Tensor no_bias;
    return at::conv2d(value_of(x), value_of(weight), bias == nullptr ? no_bias : bias->value,
                      pair(w.stride), pair(w.padding), pair(w.dilation), w.groups);
  });
}

effgate_code batch_norm(effgate_session* session, const effgate_tensor* x,
                        const effgate_tensor* weight, const effgate_tensor* bias,
                        const effgate_tensor* mean, const effgate_tensor* var, double eps,
                        effgate_tensor** out, effgate_text error) {
  constexpr double kMomentumOfTraining = 0.1;
  return making(session, out, error, [&] {
    return at::batch_norm(value_of(x), value_of(weight), value_of(bias), value_of(mean),
                          value_of(var), /*training=*/false, kMomentumOfTraining, eps,
                          at::globalContext().userEnabledCuDNN());
  });
}

struct Activation {
  at::Tensor (*fresh)(const at::Tensor& x, double scalar);
  void (*in_place)(at::Tensor& x, double scalar);
};

// By kind. relu6 is hardtanh, as torch.nn.ReLU6 calls it.
constexpr std::array<Activation, 8> kActivations{{
    {[](const at::Tensor& x, double) { return at::silu(x); },
     [](at::Tensor& x, double) { at::silu_(x); }},
    {[](const at::Tensor& x, double) { return at::relu(x); },
     [](at::Tensor& x, double) { at::relu_(x); }},
    {[](const at::Tensor& x, double) { return at::hardtanh(x, 0.0, 6.0); },
     [](at::Tensor& x, double) { at::hardtanh_(x, 0.0, 6.0); }},
    {[](const at::Tensor& x, double slope) { return at::leaky_relu(x, slope); },
     [](at::Tensor& x, double slope) { at::leaky_relu_(x, slope); }},
    {[](const at::Tensor& x, double) { return at::hardswish(x); },
     [](at::Tensor& x, double) { at::hardswish_(x); }},
    {[](const at::Tensor& x, double) { return at::hardsigmoid(x); },
     [](at::Tensor& x, double) { at::hardsigmoid_(x); }},
    {[](const at::Tensor& x, double) { return at::mish(x); },
     [](at::Tensor& x, double) { at::mish_(x); }},
    {[](const at::Tensor& x, double) { return at::sigmoid(x); },
     [](at::Tensor& x, double) { at::sigmoid_(x); }},
}};
static_assert(EFFGATE_ACT_SILU == 0 && EFFGATE_ACT_SIGMOID + 1 == kActivations.size());

struct Binary {
  at::Tensor (*fresh)(const at::Tensor& a, const at::Tensor& b);
  void (*in_place)(at::Tensor& a, const at::Tensor& b);
};

// By kind.
constexpr std::array<Binary, 3> kBinaries{{
    {[](const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); },
     [](at::Tensor& a, const at::Tensor& b) { a.add_(b); }},
    {[](const at::Tensor& a, const at::Tensor& b) { return at::mul(a, b); },
     [](at::Tensor& a, const at::Tensor& b) { a.mul_(b); }},
    {[](const at::Tensor& a, const at::Tensor& b) { return at::div(a, b); },
     [](at::Tensor& a, const at::Tensor& b) { a.div_(b); }},
}};
static_assert(EFFGATE_ADD == 0 && EFFGATE_DIV + 1 == kBinaries.size());

template <typename Table>
const auto& of_kind(const Table& table, int32_t kind) {
  if (kind < 0 || static_cast<size_t>(kind) >= table.size()) {
    throw CallError(EFFGATE_UNSUPPORTED, "no operation of kind " + std::to_string(kind));
  }
  return table[static_cast<size_t>(kind)];
}

effgate_code activation(effgate_session* session, int32_t kind, effgate_tensor* x, double scalar,
                        int32_t in_place, effgate_tensor** out, effgate_text error) {
  return guarded(error, [&] {
    session_of(session);
    require(out != nullptr, "no place for the result");
    const Activation& function = of_kind(kActivations, kind);
    if (in_place != 0) {
      function.in_place(writable_value_of(x), scalar);
      *out = nullptr;
    } else {
      *out = give_tensor(function.fresh(value_of(x), scalar));
    }
  });
}

effgate_code binary(effgate_session* session, int32_t kind, effgate_tensor* a,
                    const effgate_tensor* b, int32_t in_place, effgate_tensor** out,
                    effgate_text error) {
  return guarded(error, [&] {
    session_of(session);
    require(out != nullptr, "no place for the result");
    const Binary& function = of_kind(kBinaries, kind);
    if (in_place != 0) {
      function.in_place(writable_value_of(a), value_of(b));
      *out = nullptr;
    } else {
      *out = give_tensor(function.fresh(value_of(a), value_of(b)));
    }
  });
}

effgate_code constant_pad(effgate_session* session, const effgate_tensor* x, const int64_t pads[4],
                          double value, effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] {
    require(pads != nullptr, "null pads");
    return at::constant_pad_nd(value_of(x), at::IntArrayRef(pads, 4), value);
  });
}

effgate_code max_pool2d(effgate_session* session, const effgate_tensor* x,
                        const effgate_window* window, effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] {
    const effgate_window& w = window_of(window);
    return at::max_pool2d(value_of(x), pair(w.kernel), pair(w.stride), pair(w.padding),
                          pair(w.dilation), w.ceil_mode != 0);
  });
}

effgate_code avg_pool2d(effgate_session* session, const effgate_tensor* x,
                        const effgate_window* window, effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] {
    const effgate_window& w = window_of(window);
    return at::avg_pool2d(value_of(x), pair(w.kernel), pair(w.stride), pair(w.padding),
                          w.ceil_mode != 0, w.count_include_pad != 0);
  });
}

effgate_code mean_hw(effgate_session* session, const effgate_tensor* x, effgate_tensor** out,
                     effgate_text error) {
  return making(session, out, error, [&] {
    return at::mean(value_of(x), at::IntArrayRef({2, 3}), /*keepdim=*/true);
  });
}

effgate_code upsample_nearest2d(effgate_session* session, const effgate_tensor* x, int64_t height,
                                int64_t width, effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] {
    return at::upsample_nearest2d(value_of(x), at::IntArrayRef({height, width}));
  });
}

effgate_code upsample_bilinear2d(effgate_session* session, const effgate_tensor* x, int64_t height,
                                 int64_t width, effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] {
    return at::upsample_bilinear2d(value_of(x), at::IntArrayRef({height, width}),
                                   /*align_corners=*/false);
  });
}

effgate_code add_scalar(effgate_session* session, const effgate_tensor* x, double value,
                        effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] { return at::add(value_of(x), value); });
}

effgate_code softmax0(effgate_session* session, const effgate_tensor* x, effgate_tensor** out,
                      effgate_text error) {
  return making(session, out, error, [&] { return at::softmax(value_of(x), 0); });
}

effgate_code sum_all(effgate_session* session, const effgate_tensor* x, effgate_tensor** out,
                     effgate_text error) {
  return making(session, out, error, [&] { return at::sum(value_of(x)); });
}

effgate_code sum_last(effgate_session* session, const effgate_tensor* x, effgate_tensor** out,
                      effgate_text error) {
  return making(session, out, error, [&] { return at::sum(value_of(x), at::IntArrayRef({-1})); });
}

// A view: it shares the memory of `x`, borrowed or not.
template <typename Body>
effgate_code viewing(effgate_session* session, const effgate_tensor* x, effgate_tensor** out,
                     effgate_text error, const Body& body) {
  return guarded(error, [&] {
    session_of(session);
    require(out != nullptr, "no place for the result");
    at::Tensor view = body(value_of(x));
    *out = give_tensor(std::move(view), x->borrowed);
  });
}

effgate_code select0(effgate_session* session, const effgate_tensor* x, int64_t index,
                     effgate_tensor** out, effgate_text error) {
  return viewing(session, x, out, error,
                 [&](const at::Tensor& from) { return at::select(from, 0, index); });
}

effgate_code narrow1(effgate_session* session, const effgate_tensor* x, int64_t start,
                     int64_t length, effgate_tensor** out, effgate_text error) {
  return viewing(session, x, out, error,
                 [&](const at::Tensor& from) { return at::narrow(from, 1, start, length); });
}

std::vector<at::Tensor> values_of(const effgate_tensor* const* tensors, int32_t count) {
  require(tensors != nullptr && count > 0, "no tensors to join");
  std::vector<at::Tensor> values;
  for (int32_t i = 0; i < count; ++i) values.push_back(value_of(tensors[i]));
  return values;
}

effgate_code stack_last(effgate_session* session, const effgate_tensor* const* xs, int32_t count,
                        effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] { return at::stack(values_of(xs, count), -1); });
}

effgate_code cat1(effgate_session* session, const effgate_tensor* const* xs, int32_t count,
                  effgate_tensor** out, effgate_text error) {
  return making(session, out, error, [&] { return at::cat(values_of(xs, count), 1); });
}

}  // namespace

void add_operators(effgate_backend& table) {
  table.conv2d = conv2d;
  table.batch_norm = batch_norm;
  table.activation = activation;
  table.constant_pad = constant_pad;
  table.max_pool2d = max_pool2d;
  table.avg_pool2d = avg_pool2d;
  table.mean_hw = mean_hw;
  table.upsample_nearest2d = upsample_nearest2d;
  table.upsample_bilinear2d = upsample_bilinear2d;
  table.binary = binary;
  table.add_scalar = add_scalar;
  table.softmax0 = softmax0;
  table.sum_all = sum_all;
  table.sum_last = sum_last;
  table.select0 = select0;
  table.stack_last = stack_last;
  table.cat1 = cat1;
  table.narrow1 = narrow1;
}

}  // namespace effgate
