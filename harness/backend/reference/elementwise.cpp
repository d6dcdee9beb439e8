#include <algorithm>
#include <array>
#include <cmath>

#include "harness/backend/reference/operations.h"
#include "harness/backend/reference/scalar.h"
#include "harness/backend/reference/shapes.h"

namespace effgate {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;  // elements that are worth a thread's waking

double clamped(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;  // NaN passes through
}

double silu(double x, double) { return x / (1 + std::exp(-x)); }
double relu(double x, double) { return x < 0 ? 0 : x; }
double relu6(double x, double) { return clamped(x, 0, 6); }
double leaky_relu(double x, double slope) { return x < 0 ? x * slope : x; }
double hard_swish(double x, double) { return x * clamped(x + 3, 0, 6) / 6; }
double hard_sigmoid(double x, double) { return clamped(x + 3, 0, 6) / 6; }
double mish(double x, double) { return x * std::tanh(std::log1p(std::exp(x))); }
double sigmoid(double x, double) { return 1 / (1 + std::exp(-x)); }

template <typename T, double (*Function)(double, double)>
void apply(ThreadPool& pool, const ReferenceTensor& x, double scalar, ReferenceTensor out) {
  const T* from = x.values<T>();
  T* to = out.writable<T>();
  pool.run_ranges(element_count(x.shape), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] = narrow<T>(Function(widen(from[i]), scalar));
  });
}

template <double (*Function)(double, double)>
void apply_to_dtype(ThreadPool& pool, const ReferenceTensor& x, double scalar,
                    ReferenceTensor out) {
  with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
    apply<T, Function>(pool, x, scalar, out);
  });
}

double plus(double x, double scalar) { return x + scalar; }

using Activation = void (*)(ThreadPool&, const ReferenceTensor&, double, ReferenceTensor);
constexpr std::array<Activation, 8> kActivations = [] {
  std::array<Activation, 8> table{};
  table[EFFGATE_ACT_SILU] = apply_to_dtype<silu>;
  table[EFFGATE_ACT_RELU] = apply_to_dtype<relu>;
  table[EFFGATE_ACT_RELU6] = apply_to_dtype<relu6>;
  table[EFFGATE_ACT_LEAKY_RELU] = apply_to_dtype<leaky_relu>;
  table[EFFGATE_ACT_HARD_SWISH] = apply_to_dtype<hard_swish>;
  table[EFFGATE_ACT_HARD_SIGMOID] = apply_to_dtype<hard_sigmoid>;
  table[EFFGATE_ACT_MISH] = apply_to_dtype<mish>;
  table[EFFGATE_ACT_SIGMOID] = apply_to_dtype<sigmoid>;
  return table;
}();

template <typename T>
void normalise(ThreadPool& pool, const ReferenceTensor& x, const BatchNormOperands& operands,
               double eps, ReferenceTensor out) {
  const std::int64_t channels = dim(x, 1);
  const std::int64_t plane = dim(x, 2) * dim(x, 3);
  const T* from = x.values<T>();
  T* to = out.writable<T>();
  pool.run_ranges(
      dim(x, 0) * channels, std::max<std::int64_t>(kGrain / std::max<std::int64_t>(plane, 1), 1),
      [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t index = begin; index < end; ++index) {
          const std::int64_t c = index % channels;
          const double mean = widen(operands.mean.values<T>()[c]);
          const double var = widen(operands.var.values<T>()[c]);
          const double scale = widen(operands.weight.values<T>()[c]) / std::sqrt(var + eps);
          const double bias = widen(operands.bias.values<T>()[c]);
          for (std::int64_t i = index * plane; i < (index + 1) * plane; ++i) {
            to[i] = narrow<T>((widen(from[i]) - mean) * scale + bias);
          }
        }
      });
}

Status require_channels(const ReferenceTensor& x, const ReferenceTensor& operand) {
  EFFGATE_TRY(require_same_dtype("batch_norm", x, operand));
  if (operand.shape.rank != 1 || dim(operand, 0) != dim(x, 1)) {
    return Error{ErrorKind::usage,
                 "batch_norm of " + shape_text(x.shape) + " with " + shape_text(operand.shape)};
  }
  return success();
}

}  // namespace

Status require_floating(const char* operation, const ReferenceTensor& x) {
  if (is_floating_dtype(x.dtype)) return success();
  return Error{ErrorKind::unsupported, std::string("\"") + operation +
                                           "\" not implemented for dtype number " +
                                           std::to_string(x.dtype)};
}

Status require_same_dtype(const char* operation, const ReferenceTensor& a,
                          const ReferenceTensor& b) {
  if (a.dtype == b.dtype) return success();
  return Error{ErrorKind::usage, std::string(operation) + " of tensors of different dtypes"};
}

Result<ReferenceTensor> batch_norm(ReferenceSession& session, const ReferenceTensor& x,
                                   const BatchNormOperands& operands, double eps) {
  EFFGATE_TRY(require_floating("batch_norm", x));
  EFFGATE_TRY(require_image(x.shape));
  for (const ReferenceTensor* operand :
       {&operands.weight, &operands.bias, &operands.mean, &operands.var}) {
    EFFGATE_TRY(require_channels(x, *operand));
  }
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, x.shape));
  session.execute([&pool = session.pool(), x, operands, eps, out] {
    with_element_type(x.dtype, [&]<typename T>(std::type_identity<T>) {
      normalise<T>(pool, x, operands, eps, out);
    });
  });
  return out;
}

Status activate(ReferenceSession& session, std::int32_t kind, const ReferenceTensor& x,
                double scalar, ReferenceTensor out) {
  EFFGATE_TRY(require_floating("activation", x));
  if (kind < 0 || static_cast<std::size_t>(kind) >= kActivations.size()) {
    return Error{ErrorKind::unsupported, "no activation number " + std::to_string(kind)};
  }
  const Activation activation = kActivations[static_cast<std::size_t>(kind)];
  session.execute(
      [&pool = session.pool(), activation, x, scalar, out] { activation(pool, x, scalar, out); });
  return success();
}

Result<ReferenceTensor> add_scalar(ReferenceSession& session, const ReferenceTensor& x,
                                   double value) {
  EFFGATE_TRY(require_floating("add_scalar", x));
  EFFGATE_ASSIGN(ReferenceTensor out, session.allocate(x.dtype, x.shape));
  session.execute(
      [&pool = session.pool(), x, value, out] { apply_to_dtype<plus>(pool, x, value, out); });
  return out;
}

}  // namespace effgate
