#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/config.h"
#include "harness/graph/graph.h"

namespace effgate {

// What may be changed of a catalogue entry; unset keeps the entry's own value.
struct ModelOverrides {
  std::optional<std::int64_t> num_classes;
  std::optional<std::int64_t> height;  // of the image
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> batch;
};

// Every catalogue name, in catalogue order.
std::vector<std::string> model_names();

// The full name for a name or a short form: "d7" and "tf_efficientdet_d7" give the latter. An unknown
// name is a usage error that names the nearest.
Result<std::string> resolve_model_name(std::string_view name);

// The configuration of a catalogue name (short forms allowed).
Result<ModelConfig> find_model(std::string_view name);

// Builds the network for its native size, or the overridden one. A size that gives an empty
// pyramid level is a usage error.
Result<Graph> build_graph(const ModelConfig& config, const ModelOverrides& overrides = {});

// The state-dict schema alone, in Python module order.
std::vector<ParamSpec> state_dict_schema(const ModelConfig& config,
                                         const ModelOverrides& overrides = {});

// One line per entry, `name|dims joined by comma|dtype`, sorted bytewise, joined by newlines.
std::string canonical_keys(const std::vector<ParamSpec>& schema);

}  // namespace effgate
