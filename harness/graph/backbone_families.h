#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "harness/graph/config.h"

namespace effgate {

// A stage at width and depth 1.
struct BaseStage {
  std::array<BlockRun, 3> runs{};  // without repeats after the last
  std::optional<CrossStage> cross{};
};

// What backbones that differ in width and depth share.
struct BackboneFamily {
  StemSpec stem{};
  std::string_view stage_path = "blocks.";  // before the number of a stage
  int first_stage_number = 0;
  std::span<const BaseStage> stages;
  std::array<int, 3> feature_stages{};  // indices of the stages that give P3, P4, P5
  Activation activation = Activation::silu;
  SqueezeStyle squeeze{};
  bool has_squeeze = true;  // false takes it out of all blocks
  bool fixed_ends =
      false;  // stem channels and the repeats of the first and last stage stay as here
};

extern const BackboneFamily kEfficientNet;
extern const BackboneFamily kEfficientNetLite;
extern const BackboneFamily kEfficientNetEdge;
extern const BackboneFamily kEfficientNetV2;
extern const BackboneFamily kEfficientNetV2Rw;
extern const BackboneFamily kMixNet;
extern const BackboneFamily kMobileNetV2;
extern const BackboneFamily kMobileNetV3;
extern const BackboneFamily kResNet50;
extern const BackboneFamily kCspResNet50;
extern const BackboneFamily kCspResNext50;
extern const BackboneFamily kCspDarkNet53;

}  // namespace effgate
