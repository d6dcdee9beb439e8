#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/graph/graph.h"

namespace effgate {

// Whether a layer computes with a tensor, as far as its name tells: "….weight". What profilers and
// quantisation keep beside a layer ("total_ops", "scale") has other names.
bool is_of_a_layer(std::string_view name);
// The same where the shape is known: a kernel is of a layer, whatever it is called.
bool is_of_a_layer(const ParamSpec& tensor);
// So many layers of a detector's parts that they are another network's, and no addition.
bool holds_layers_of_a_detector(std::span<const std::string> names);

}  // namespace effgate
