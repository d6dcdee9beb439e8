#include "harness/graph/implementations.h"

#include <array>
#include <numbers>
#include <string>

namespace effgate {
namespace {

constexpr std::array<std::string_view, 9> kPublished{
    "tf_efficientdet_d0", "tf_efficientdet_d1", "tf_efficientdet_d2",
    "tf_efficientdet_d3", "tf_efficientdet_d4", "tf_efficientdet_d5",
    "tf_efficientdet_d6", "tf_efficientdet_d7", "tf_efficientdet_d7x",
};
constexpr std::size_t kWeighted = 6;  // mmdetection has no pyramid without fusion weights

// 1, 2 and 1/2 of width to height, of equal area; effdet and zylo take 1.4 and 0.7 for the roots.
constexpr double kRoot = std::numbers::sqrt2;
constexpr std::array<AspectRatio, 3> kAreaKeepingRatios{
    {{1, 1}, {kRoot, 1 / kRoot}, {1 / kRoot, kRoot}}};

// Read in zylo117/Yet-Another-EfficientDet-Pytorch 15403b5 and mmdetection's projects/EfficientDet.
constexpr std::array<OtherImplementation, 2> kOthers{{
    {Implementation::zylo, "zylo:", kPublished, PictureScaling::opencv_numbers},
    {Implementation::mmdet, "mmdet:", std::span(kPublished).first(kWeighted),
     PictureScaling::opencv_bytes},
}};

}  // namespace

std::span<const OtherImplementation> other_implementations() { return kOthers; }

PictureScaling picture_scaling(Implementation implementation) {
  for (const OtherImplementation& other : kOthers)
    if (other.implementation == implementation) return other.scaling;
  return PictureScaling::pillow_bytes;
}

// Both are written alike; zylo's classifier ends with the sigmoid that mmdetection leaves to its
// post-processing. They call the box head first, which changes no number.
ModelConfig as_built_by(const OtherImplementation& other, ModelConfig config) {
  config.name = std::string(other.prefix) + config.name;
  config.implementation = other.implementation;
  if (other.implementation == Implementation::mmdet)
    config.aspect_ratios.assign(kAreaKeepingRatios.begin(), kAreaKeepingRatios.end());
  for (Activation* activation :
       {&config.backbone.activation, &config.activation, &config.head_activation}) {
    *activation = Activation::swish;
  }
  config.backbone.padding = PaddingStyle::same_apart;
  config.padding = PaddingStyle::same_apart;
  config.pool_padding = 0;
  config.fusion_order = FusionOrder::divide_weights;
  config.doubles_maps = true;
  config.class_sigmoid = other.implementation == Implementation::zylo;
  return config;
}

}  // namespace effgate
