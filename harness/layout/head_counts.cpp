#include "harness/layout/head_counts.h"

#include <string_view>

namespace effgate {
namespace {

constexpr std::int64_t kMostOutputs = 1 << 20;

std::optional<std::int64_t> outputs_of(std::span<const ParamSpec> tensors, std::string_view head) {
  for (const ParamSpec& tensor : tensors) {
    const std::string_view name = tensor.name;
    if (name.starts_with(head) && name.ends_with(".bias") && tensor.shape.size() == 1 &&
        tensor.shape[0] > 0 && tensor.shape[0] <= kMostOutputs)
      return tensor.shape[0];
  }
  return std::nullopt;
}

}  // namespace

HeadCounts head_counts(std::span<const ParamSpec> tensors) {
  HeadCounts counts;
  const auto boxes = outputs_of(tensors, "box_net.predict.");
  if (boxes && *boxes % 4 == 0) counts.anchors = *boxes / 4;
  const auto classes = outputs_of(tensors, "class_net.predict.");
  const std::int64_t anchors = counts.anchors.value_or(9);
  if (classes && *classes % anchors == 0) counts.classes = *classes / anchors;
  return counts;
}

ModelConfig with_counts(ModelConfig config, const HeadCounts& counts) {
  if (counts.classes) config.num_classes = *counts.classes;
  if (counts.anchors && *counts.anchors != config.anchors_per_cell()) {
    config.num_scales = static_cast<int>(*counts.anchors);
    config.aspect_ratios = {{1.0, 1.0}};
  }
  return config;
}

}  // namespace effgate
