#include "harness/doctor/layer_tensor.h"

#include <algorithm>
#include <array>

namespace effgate {
namespace {

// What the layers of every network here call their tensors.
constexpr std::array<std::string_view, 6> kRoles = {
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "edge_weights"};

constexpr std::array<std::string_view, 4> kParts = {"backbone.blocks.", "fpn.cell.", "class_net.",
                                                    "box_net."};

}  // namespace

bool is_of_a_layer(std::string_view name) {
  return std::ranges::find(kRoles, name.substr(name.rfind('.') + 1)) != kRoles.end();
}

bool is_of_a_layer(const ParamSpec& tensor) {
  return tensor.shape.size() >= 2 || is_of_a_layer(std::string_view(tensor.name));
}

bool holds_layers_of_a_detector(std::span<const std::string> names) {
  constexpr std::ptrdiff_t kMany = 10;
  return std::ranges::count_if(names, [](std::string_view name) {
           return is_of_a_layer(name) && std::ranges::any_of(kParts, [&](std::string_view part) {
                    return name.starts_with(part);
                  });
         }) >= kMany;
}

}  // namespace effgate
