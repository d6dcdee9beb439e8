#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// Kernels, strides and channels of a convolution; kernels are square.
struct ConvSpec {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  bool bias = false;
  PaddingStyle padding = PaddingStyle::same;
};

// Modules whose parameters are in the schema. A module may be called more than once: the heads
// call theirs on every level.
struct Conv {
  std::string path;
  ConvSpec spec;
  std::vector<ParamId> params;  // weight[, bias]
};
struct BatchNorm {
  std::string path;
  double eps = 0;
  std::vector<ParamId> params;  // weight, bias, running_mean, running_var
};

// A spatial convolution in pyramid or heads: conv_dw then conv_pw, or one dense `conv`.
struct FeatureConv {
  std::string path;
  std::vector<Conv> convs;
};
struct FeatureConvSpec {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  bool bias = false;
  bool separable = true;
  PaddingStyle padding = PaddingStyle::same;
};

// Grows a graph as the Python modules would be constructed and called: declaring a module appends
// its parameters to the schema, calling it appends operations.
class NetworkBuilder {
 public:
  // Whether calls become operations and taps, or only parameters and the shapes of values are
  // wanted.
  enum class Calls { recorded, left_out };

  // `graph` has its batch and size set; value 0 becomes the image.
  explicit NetworkBuilder(Graph& graph, Calls calls = Calls::recorded);

  ParamId declare(std::string name, std::vector<std::int64_t> shape, DType dtype = DType::float32);
  Conv declare_conv(std::string path, const ConvSpec& spec);
  BatchNorm declare_batch_norm(std::string path, std::int64_t channels, double eps);
  FeatureConv declare_feature_conv(std::string path, const FeatureConvSpec& spec);

  // Calls. What a module returns is tapped as its path and `suffix`, which tells the calls of a
  // shared module apart.
  ValueId call(const Conv& conv, ValueId x, std::string_view suffix = {});
  ValueId call(const BatchNorm& norm, ValueId x);
  // A batch norm whose module ends with the activation, as timm's do.
  ValueId call(const BatchNorm& norm, Activation activation, ValueId x);
  ValueId call(const FeatureConv& conv, ValueId x, std::string_view suffix = {});
  // In place; `activated` leaves `x` as it is.
  ValueId activate(Activation activation, ValueId x);
  ValueId activated(Activation activation, ValueId x);
  // `fill` is what margins hold where they are a call of their own; the call's own are -infinity.
  ValueId max_pool(ValueId x, std::array<std::int64_t, 2> kernel,
                   std::array<std::int64_t, 2> stride, PaddingStyle padding,
                   double fill = -std::numeric_limits<double>::infinity());

  ValueId add(ValueId a, ValueId b);
  ValueId add_in_place(ValueId a, ValueId b);  // to `a`
  // Channels `start` to `start + length`, and feature maps side by side.
  ValueId narrow(ValueId x, std::int64_t start, std::int64_t length);
  ValueId concatenate(std::vector<ValueId> inputs);

  // Any other operation; `op.output` is set here.
  ValueId emit(Op op, std::vector<std::int64_t> shape);

  const std::vector<std::int64_t>& shape(ValueId value) const;
  std::int64_t channels(ValueId value) const { return shape(value).at(1); }

  void tap(std::string name, ValueId value);
  // The value under a name, as it is after the last operation that wrote it.
  Tap named(std::string name, ValueId value) const;

 private:
  void tap_call(const std::string& path, std::string_view suffix, ValueId value);
  ValueId swish(ValueId x);
  ValueId batch_norm(const BatchNorm& norm, ValueId x);
  ValueId pad(ValueId x, const std::array<std::int64_t, 4>& margins, double fill);
  ValueId emit_in_place(Op op);
  ValueId windowed(Op op, std::int64_t channels);

  Graph& graph_;
  Calls calls_;
  std::vector<std::int32_t> last_writer_;  // by value
};

}  // namespace effgate
