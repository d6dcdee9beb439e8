#include "harness/doctor/configuration_differences.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "harness/base/text.h"

namespace effgate {
namespace {

std::string text_of(PaddingStyle padding) {
  return padding == PaddingStyle::symmetric ? "symmetric" : "TensorFlow's";
}

std::string text_of(Resampling resampling) {
  switch (resampling) {
    case Resampling::max_pool: return "max pool";
    case Resampling::nearest: return "nearest";
    case Resampling::bilinear: return "bilinear";
  }
  return "";
}

std::string text_of(Activation activation) {
  switch (activation) {
    case Activation::silu: return "silu";
    case Activation::relu6: return "relu6";
    case Activation::relu: return "relu";
    case Activation::leaky_relu: return "leaky_relu";
    case Activation::hard_swish: return "hard_swish";
    case Activation::mish: return "mish";
    case Activation::swish: return "swish";
  }
  return "";
}

// "1:1, 1.4:0.7"
std::string text_of(const std::vector<AspectRatio>& ratios) {
  std::vector<std::string> texts;
  for (const AspectRatio& ratio : ratios)
    texts.push_back(rounded_text(ratio.width, 3) + ":" + rounded_text(ratio.height, 3));
  return join(texts, ", ");
}

// One field: what it is called, and its value in words.
struct Field {
  std::string_view name;
  std::string (*text)(const ModelConfig&);
};
constexpr std::array kFields = {
    Field{"anchor scale", [](const ModelConfig& c) { return number_text(c.anchor_scale); }},
    Field{"anchor aspect ratios", [](const ModelConfig& c) { return text_of(c.aspect_ratios); }},
    Field{"activation of the heads",
          [](const ModelConfig& c) { return text_of(c.head_activation); }},
    Field{"padding of the backbone",
          [](const ModelConfig& c) { return text_of(c.backbone.padding); }},
    Field{"batch norm epsilon of the backbone",
          [](const ModelConfig& c) { return number_text(c.backbone.batch_norm_eps); }},
    Field{"padding of pyramid and heads", [](const ModelConfig& c) { return text_of(c.padding); }},
    Field{"batch norm epsilon of pyramid and heads",
          [](const ModelConfig& c) { return number_text(c.batch_norm_eps); }},
    Field{"down-sampling", [](const ModelConfig& c) { return text_of(c.downsampling); }},
    Field{"up-sampling", [](const ModelConfig& c) { return text_of(c.upsampling); }},
    Field{"padding of pools", [](const ModelConfig& c) { return number_text(c.pool_padding); }},
};

}  // namespace

std::vector<std::string> configuration_differences(const ModelConfig& first,
                                                   const ModelConfig& second) {
  std::vector<std::string> found;
  for (const Field& field : kFields) {
    const std::string one = field.text(first), other = field.text(second);
    if (one != other) found.push_back(fmt::format("{} {} and {}", field.name, one, other));
  }
  return found;
}

}  // namespace effgate
