#pragma once

#include <span>
#include <string_view>

#include "harness/graph/config.h"

namespace effgate {

// How an implementation brings a picture to the network's input. It keeps its proportions and lies
// top left; around it is the fill of the network's preprocessing, or after OpenCV zero, once the
// numbers are normalised.
enum class PictureScaling {
  pillow_bytes,    // antialiased
  opencv_bytes,    // between the four nearest pixels; sides are rounded, not cut down
  opencv_numbers,  // the same of what is normalised already; sides are cut down
};

// An implementation that computes something else than effdet with the same weights. Its networks
// have effdet's catalogue names with `prefix` before them: "zylo:tf_efficientdet_d0".
struct OtherImplementation {
  Implementation implementation;
  std::string_view prefix;
  std::span<const std::string_view> models;  // effdet's names of the sizes that it has
  PictureScaling scaling;
};
std::span<const OtherImplementation> other_implementations();

PictureScaling picture_scaling(Implementation implementation);

// The network that `other` makes of effdet's configuration of one of its models.
ModelConfig as_built_by(const OtherImplementation& other, ModelConfig config);

}  // namespace effgate
