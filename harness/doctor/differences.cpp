#include "harness/doctor/differences.h"

#include <algorithm>

#include "harness/doctor/configuration_differences.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

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

std::string name_of_another_time(const Network& network, const std::string& name) {
  for (const std::string& own : network.names)
    if (own != name && undated(own) == undated(name)) return own;
  return "";
}

std::string other_network_by_head_order(const Target& target, const NetworkIndex& networks) {
  ModelConfig reordered = target.config;
  reordered.head_bn_level_first = !reordered.head_bn_level_first;
  const auto all = networks.all();
  const auto other = std::ranges::find(all, state_dict_schema(reordered), &Network::schema);
  if (other == all.end()) return "";
  const bool same = std::ranges::any_of(other->names, [&](const std::string& name) {
    const auto config = find_model(name);
    return config.ok() && configuration_differences(*config, target.config).empty();
  });
  return same ? "" : other->names.front();
}

Differences alterations_of(const Reading& reading, const NetworkIndex& networks) {
  Differences result;
  if (reading.network->is_of_the_past()) {
    const std::string name(undated(reading.network->names.front()));
    result = differences(reading, *find_target(name, networks));
    result.class_count = result.anchor_count = false;
    return result;
  }
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
  const bool dated = !name_of_another_time(*reading.network, target.name).empty();
  const bool biases = file.redundant_bias != asked.redundant_bias;
  const bool altered_heads = reading.is_altered(CauseCode::arch_head_layout);
  if (alike(file, asked, target.network->schema)) {
    const bool fusion = file.fusion_weighting != asked.fusion_weighting;
    result.history =
        fusion || (dated && biases && !reading.is_altered(CauseCode::arch_redundant_bias));
    result.redundant_bias = !result.history && biases;
    result.head_layout =
        file.head_bn_level_first != asked.head_bn_level_first && (!result.history || altered_heads);
    return result;
  }
  result.history = dated;
  result.variant =
      reading.is_altered(CauseCode::arch_variant) || (reading.network != target.network && !dated);
  result.head_layout =
      altered_heads && (!dated || file.head_bn_level_first != asked.head_bn_level_first);
  result.redundant_bias =
      reading.is_altered(CauseCode::arch_redundant_bias) || (of_one_design(file, asked) && biases);
  return result;
}

}  // namespace effgate
