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

// One field: what it is called, and its value in words.
struct Field {
  std::string_view name;
  std::string (*text)(const ModelConfig&);
};
constexpr std::array kFields = {
    Field{"anchor scale", [](const ModelConfig& c) { return number_text(c.anchor_scale); }},
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
