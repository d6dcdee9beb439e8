#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/graph/graph.h"

namespace effgate {

// BatchNorm running statistics follow from no rule; they are measured and stored.
bool is_running_statistic(std::string_view name);

// The little-endian bytes of a state-dict entry by the recipe's rules, in the entry's own dtype.
// Errors: a running statistic, or a name that no rule covers (unsupported).
Result<std::vector<std::byte>> fill_parameter(const ParamSpec& param, std::uint64_t seed);

// The rule for the weights of a pyramid node's inputs, for any key: implementations that keep such
// weights under other names draw them from their own.
std::vector<float> fill_edge_weights(std::string_view key, std::size_t count, std::uint64_t seed);

}  // namespace effgate
