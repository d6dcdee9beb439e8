#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// What may be changed of a catalogue entry; unset keeps the entry's own value.
struct ModelOverrides {
  std::optional<std::int64_t> num_classes{};
  std::optional<std::int64_t> height{};  // of the image
  std::optional<std::int64_t> width{};
  std::optional<std::int64_t> batch{};
  std::optional<int> num_scales{};
  std::optional<std::vector<AspectRatio>> aspect_ratios{};
  std::optional<double> anchor_scale{};
};

// The configuration with the overrides in place (the batch is none of its fields), or the usage
// error that building it would give.
Result<ModelConfig> with_overrides(ModelConfig config, const ModelOverrides& overrides);

// Builds the network for its native size, or the overridden one. A usage error is a size whose
// pyramid cannot be built, or a number outside its range.
Result<Graph> build_graph(const ModelConfig& config, const ModelOverrides& overrides = {});

// The state-dict schema alone, in Python module order. It does not depend on sizes; overrides that
// build_graph refuses for another reason are the caller's mistake.
std::vector<ParamSpec> state_dict_schema(const ModelConfig& config,
                                         const ModelOverrides& overrides = {});

// One line per entry, `name|dims joined by comma|dtype`, sorted bytewise, joined by newlines.
std::string canonical_keys(const std::vector<ParamSpec>& schema);

}  // namespace effgate
