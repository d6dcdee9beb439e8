#include "harness/doctor/differences.h"

#include "harness/graph/network.h"

namespace effgate {
namespace {

// "efficientdet_d3" of "efficientdet_d3@2020-05".
std::string undated(const std::string& name) { return name.substr(0, name.find('@')); }

bool was_called(const Network& network, const std::string& name) {
  for (const std::string& own : network.names)
    if (own != name && undated(own) == undated(name)) return true;
  return false;
}

// Whether the networks are one but for what has a cause of its own.
bool alike(const ModelConfig& file, const ModelConfig& asked,
           const std::vector<ParamSpec>& schema) {
  ModelConfig moved = file;
  moved.redundant_bias = asked.redundant_bias;
  moved.head_bn_level_first = asked.head_bn_level_first;
  moved.fusion_weighting = asked.fusion_weighting;
  moved.num_classes = asked.num_classes;
  moved.num_scales = asked.num_scales;
  moved.aspect_ratios = asked.aspect_ratios;
  return state_dict_schema(moved) == schema;
}

// Ported and plain names of one design differ in biases whatever their sizes.
bool of_one_design(const ModelConfig& a, const ModelConfig& b) {
  const auto is_plain_or_ported = [](const ModelConfig& config) {
    return config.name.starts_with("efficientdet_d") ||
           config.name.starts_with("tf_efficientdet_d");
  };
  return is_plain_or_ported(a) && is_plain_or_ported(b);
}

}  // namespace

Differences alterations_of(const Reading& reading) {
  Differences result;
  result.history = reading.is_altered(CauseCode::arch_history);
  result.redundant_bias = reading.is_altered(CauseCode::arch_redundant_bias);
  result.head_layout = reading.is_altered(CauseCode::arch_head_layout);
  return result;
}

Differences differences(const Reading& reading, const Target& target) {
  const ModelConfig& file = reading.config;
  const ModelConfig& asked = target.config;
  Differences result;
  result.class_count = file.num_classes != asked.num_classes;
  result.anchor_count = file.anchors_per_cell() != asked.anchors_per_cell();
  const bool fusion = file.fusion_weighting != asked.fusion_weighting;
  if (alike(file, asked, target.network->schema)) {
    result.history = fusion;
    result.redundant_bias = !fusion && file.redundant_bias != asked.redundant_bias;
    result.head_layout = file.head_bn_level_first != asked.head_bn_level_first &&
                         (!fusion || reading.is_altered(CauseCode::arch_head_layout));
    return result;
  }
  const Differences assumed = alterations_of(reading);
  result.history = assumed.history || was_called(*reading.network, target.name);
  result.variant =
      reading.is_altered(CauseCode::arch_variant) ||
      (reading.network != target.network && !was_called(*reading.network, target.name));
  result.head_layout = assumed.head_layout;
  result.redundant_bias = assumed.redundant_bias || (of_one_design(file, asked) &&
                                                     file.redundant_bias != asked.redundant_bias);
  return result;
}

}  // namespace effgate
