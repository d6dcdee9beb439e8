#include "harness/graph/network.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include "harness/base/dtype.h"
#include "harness/base/text.h"
#include "harness/graph/backbone.h"
#include "harness/graph/builder.h"
#include "harness/graph/fpn.h"
#include "harness/graph/fpn_nodes.h"
#include "harness/graph/head.h"

namespace effgate {
namespace {

// Far beyond any use; they keep every product of dimensions inside 64 bits.
constexpr std::int64_t kMostPixels = 16384;
constexpr std::int64_t kMostImages = 4096;
constexpr std::int64_t kMostClasses = 65536;
constexpr std::int64_t kMostAnchors = 256;

constexpr std::int64_t kBoxNumbers = 4;

Error usage(std::string message) {
  return {.kind = ErrorKind::usage, .message = std::move(message)};
}

Status in_range(std::string_view what, std::int64_t value, std::int64_t most) {
  if (value >= 1 && value <= most) return success();
  return usage(std::string(what) + " is " + std::to_string(value) + ": must be 1 to " +
               std::to_string(most));
}

Status check_numbers(const ModelConfig& config) {
  EFFGATE_TRY(in_range("the image height", config.height, kMostPixels));
  EFFGATE_TRY(in_range("the image width", config.width, kMostPixels));
  EFFGATE_TRY(in_range("the number of classes", config.num_classes, kMostClasses));
  EFFGATE_TRY(in_range("the number of anchor scales", config.num_scales, kMostAnchors));
  EFFGATE_TRY(in_range("the number of anchors per cell", config.anchors_per_cell(), kMostAnchors));
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  if (!positive(config.anchor_scale)) {
    return usage("the anchor scale is " + number_text(config.anchor_scale) + ": must be positive");
  }
  for (const AspectRatio& ratio : config.aspect_ratios) {
    if (!positive(ratio.width) || !positive(ratio.height)) {
      return usage("the anchor aspect ratio " + number_text(ratio.width) + ":" +
                   number_text(ratio.height) + " must be positive");
    }
  }
  return success();
}

// Where one side of a level is down to one cell and the other is not, effdet no longer pools, and
// its feature maps part from its anchors.
Status check_pyramid(const ModelConfig& config) {
  if (fpn_nodes(config.fpn_wiring, config.min_level, config.max_level).empty()) {
    return usage("no pyramid wiring is known for levels " + std::to_string(config.min_level) +
                 " to " + std::to_string(config.max_level));
  }
  for (int level = config.min_level; level < config.max_level; ++level) {
    const MapSize size = level_size({config.height, config.width}, level);
    if ((size[0] == 1) == (size[1] == 1)) continue;
    return usage("an image of " + std::to_string(config.height) + "x" +
                 std::to_string(config.width) + " has no pyramid up to level " +
                 std::to_string(config.max_level) + ": level " + std::to_string(level) + " is " +
                 std::to_string(size[0]) + "x" + std::to_string(size[1]) +
                 " and cannot be halved on both sides; two equal sides can, and sides above " +
                 std::to_string(std::int64_t{1} << (config.max_level - 1)) + " pixels");
  }
  return success();
}

// Doubling a map of rounded-up halves gives one cell too many.
Status check_doubling(const ModelConfig& config) {
  const std::int64_t stride = std::int64_t{1} << config.max_level;
  if (!config.doubles_maps || (config.height % stride == 0 && config.width % stride == 0)) {
    return success();
  }
  const auto fitting = [&](std::int64_t side) {
    return std::to_string((side + stride - 1) / stride * stride);
  };
  return usage("an image of " + std::to_string(config.height) + "x" + std::to_string(config.width) +
               " does not fit " + config.name + ": both sides must be multiples of " +
               std::to_string(stride) + ", such as " + fitting(config.height) + "x" +
               fitting(config.width));
}

ModelConfig replaced(ModelConfig config, const ModelOverrides& overrides) {
  config.num_classes = overrides.num_classes.value_or(config.num_classes);
  config.height = overrides.height.value_or(config.height);
  config.width = overrides.width.value_or(config.width);
  config.num_scales = overrides.num_scales.value_or(config.num_scales);
  config.aspect_ratios = overrides.aspect_ratios.value_or(config.aspect_ratios);
  config.anchor_scale = overrides.anchor_scale.value_or(config.anchor_scale);
  return config;
}

using Names = std::vector<Tap>;

// `prefix/LEVEL` for each value, the first of which is of `min_level`.
Names by_level(const NetworkBuilder& builder, std::string_view prefix, int min_level,
               const std::vector<ValueId>& values) {
  Names names;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string level = std::to_string(min_level + static_cast<int>(i));
    names.push_back(builder.named(std::string(prefix) + '/' + level, values[i]));
  }
  return names;
}

void append(Names& to, Names from) { std::ranges::move(from, std::back_inserter(to)); }

// What zylo's classifier ends with, behind the logits that are the outputs.
std::vector<ValueId> probabilities(NetworkBuilder& builder, const std::vector<ValueId>& logits) {
  std::vector<ValueId> values;
  for (const ValueId logit : logits) {
    values.push_back(
        builder.emit({.kind = OpKind::sigmoid, .inputs = {logit}}, builder.shape(logit)));
  }
  return values;
}

Graph empty_graph(const ModelConfig& config, std::int64_t batch) {
  Graph graph;
  graph.model = config.name;
  graph.batch = batch;
  graph.height = config.height;
  graph.width = config.width;
  graph.min_level = config.min_level;
  graph.max_level = config.max_level;
  graph.num_classes = config.num_classes;
  graph.anchors_per_cell = config.anchors_per_cell();
  return graph;
}

Graph walk_network(const ModelConfig& config, std::int64_t batch,
                   NetworkBuilder::Calls calls = NetworkBuilder::Calls::recorded) {
  Graph graph = empty_graph(config, batch);
  NetworkBuilder builder(graph, calls);
  const std::vector<ValueId> features = build_backbone(builder, config.backbone);
  append(graph.taps, by_level(builder, "backbone", config.min_level, features));
  const std::vector<ValueId> levels = build_fpn(builder, config, features);
  append(graph.taps, by_level(builder, "fpn", config.min_level, levels));
  const auto classes = build_head(builder, config, "class_net", config.num_classes, levels);
  const auto boxes = build_head(builder, config, "box_net", kBoxNumbers, levels);
  if (config.class_sigmoid) {
    append(graph.taps,
           by_level(builder, "prob", config.min_level, probabilities(builder, classes)));
  }
  append(graph.outputs, by_level(builder, "class", config.min_level, classes));
  append(graph.outputs, by_level(builder, "box", config.min_level, boxes));
  return graph;
}

std::string canonical_line(const ParamSpec& param) {
  std::vector<std::string> dims;
  for (const std::int64_t dim : param.shape) dims.push_back(std::to_string(dim));
  return param.name + '|' + join(dims, ",") + '|' + std::string(to_string(param.dtype));
}

}  // namespace

Result<ModelConfig> with_overrides(ModelConfig config, const ModelOverrides& overrides) {
  config = replaced(std::move(config), overrides);
  if (overrides.batch) EFFGATE_TRY(in_range("the batch", *overrides.batch, kMostImages));
  EFFGATE_TRY(check_numbers(config));
  EFFGATE_TRY(check_pyramid(config));
  EFFGATE_TRY(check_doubling(config));
  return config;
}

Result<Graph> build_graph(const ModelConfig& config, const ModelOverrides& overrides) {
  EFFGATE_ASSIGN(const ModelConfig wanted, with_overrides(config, overrides));
  return walk_network(wanted, overrides.batch.value_or(1));
}

std::vector<ParamSpec> state_dict_schema(const ModelConfig& config,
                                         const ModelOverrides& overrides) {
  ModelConfig wanted = replaced(config, overrides);
  wanted.height = config.height;
  wanted.width = config.width;
  return walk_network(wanted, 1, NetworkBuilder::Calls::left_out).params;
}

std::string canonical_keys(const std::vector<ParamSpec>& schema) {
  std::vector<std::string> lines;
  lines.reserve(schema.size());
  for (const ParamSpec& param : schema) lines.push_back(canonical_line(param));
  std::ranges::sort(lines);
  return join(lines, "\n");
}

}  // namespace effgate
