#include "harness/graph/backbone_families.h"

namespace effgate {
namespace {

constexpr BlockKind kConv = BlockKind::conv_norm;
constexpr BlockKind kSeparable = BlockKind::depthwise_separable;
constexpr BlockKind kInverted = BlockKind::inverted_residual;
constexpr BlockKind kEdge = BlockKind::edge_residual;
constexpr BlockKind kBottleneck = BlockKind::bottleneck;
constexpr BlockKind kCrossStage = BlockKind::cross_stage_bottleneck;
constexpr BlockKind kDark = BlockKind::dark;
constexpr Activation kSilu = Activation::silu;
constexpr Activation kRelu = Activation::relu;

// A run is written: block, repeats, kernels, stride, expansion, channels, squeeze ratio,
// activation, kernels of the expansion, kernels of the projection.
constexpr BaseStage stage(const BlockRun& first, const BlockRun& second = {},
                          const BlockRun& third = {}) {
  return {.runs = {first, second, third}};
}

// EfficientNet, Tan and Le 2019, table 1.
constexpr std::array kEfficientNetStages{
    stage({kSeparable, 1, {3}, 1, 1, 16, 0.25}), stage({kInverted, 2, {3}, 2, 6, 24, 0.25}),
    stage({kInverted, 2, {5}, 2, 6, 40, 0.25}),  stage({kInverted, 3, {3}, 2, 6, 80, 0.25}),
    stage({kInverted, 3, {5}, 1, 6, 112, 0.25}), stage({kInverted, 4, {5}, 2, 6, 192, 0.25}),
    stage({kInverted, 1, {3}, 1, 6, 320, 0.25}),
};

// EfficientNet-EdgeTPU. In the first stage timm widens 24 channels fourfold, however many there
// are, and adds no input.
constexpr std::array kEdgeStages{
    stage({.block = kEdge, .repeats = 1, .channels = 24, .middle_channels = 96, .skips = false}),
    stage({kEdge, 2, {3}, 2, 8, 32}),
    stage({kEdge, 4, {3}, 2, 8, 48}),
    stage({kInverted, 5, {5}, 2, 8, 96}),
    stage({kInverted, 4, {5}, 1, 8, 144}),
    stage({kInverted, 2, {5}, 2, 8, 192}),
};

// EfficientNetV2-S, Tan and Le 2021, table 4; and the form of it that timm trained before the
// original was public.
constexpr std::array kEfficientNetV2Stages{
    stage({kConv, 2, {3}, 1, 1, 24}),
    stage({kEdge, 4, {3}, 2, 4, 48}),
    stage({kEdge, 4, {3}, 2, 4, 64}),
    stage({kInverted, 6, {3}, 2, 4, 128, 0.25}),
    stage({kInverted, 9, {3}, 1, 6, 160, 0.25}),
    stage({kInverted, 15, {3}, 2, 6, 256, 0.25}),
};
constexpr std::array kEfficientNetV2RwStages{
    stage({kEdge, 2, {3}, 1, 1, 24}), kEfficientNetV2Stages[1],
    kEfficientNetV2Stages[2],         kEfficientNetV2Stages[3],
    kEfficientNetV2Stages[4],         stage({kInverted, 15, {3}, 2, 6, 272, 0.25}),
};

// MixNet-M, Tan and Le 2019, figure 6.
constexpr std::array kMixNetStages{
    stage({kSeparable, 1, {3}, 1, 1, 24}),
    stage({kInverted, 1, {3, 5, 7}, 2, 6, 32, 0, kRelu, {1, 1}, {1, 1}},
          {kInverted, 1, {3}, 1, 3, 32, 0, kRelu, {1, 1}, {1, 1}}),
    stage({kInverted, 1, {3, 5, 7, 9}, 2, 6, 40, 0.5, kSilu},
          {kInverted, 3, {3, 5}, 1, 6, 40, 0.5, kSilu, {1, 1}, {1, 1}}),
    stage({kInverted, 1, {3, 5, 7}, 2, 6, 80, 0.25, kSilu},
          {kInverted, 3, {3, 5, 7, 9}, 1, 6, 80, 0.25, kSilu, {1, 1}, {1, 1}}),
    stage({kInverted, 1, {3}, 1, 6, 120, 0.5, kSilu},
          {kInverted, 3, {3, 5, 7, 9}, 1, 3, 120, 0.5, kSilu, {1, 1}, {1, 1}}),
    stage({kInverted, 1, {3, 5, 7, 9}, 2, 6, 200, 0.5, kSilu},
          {kInverted, 3, {3, 5, 7, 9}, 1, 6, 200, 0.5, kSilu, {1}, {1, 1}}),
};

// MobileNetV2, Sandler et al. 2018, table 2.
constexpr std::array kMobileNetV2Stages{
    stage({kSeparable, 1, {3}, 1, 1, 16}), stage({kInverted, 2, {3}, 2, 6, 24}),
    stage({kInverted, 3, {3}, 2, 6, 32}),  stage({kInverted, 4, {3}, 2, 6, 64}),
    stage({kInverted, 3, {3}, 1, 6, 96}),  stage({kInverted, 3, {3}, 2, 6, 160}),
    stage({kInverted, 1, {3}, 1, 6, 320}),
};

// MobileNetV3-Large, Howard et al. 2019, table 1.
constexpr std::array kMobileNetV3Stages{
    stage({kSeparable, 1, {3}, 1, 1, 16, 0, kRelu}),
    stage({kInverted, 1, {3}, 2, 4, 24, 0, kRelu}, {kInverted, 1, {3}, 1, 3, 24, 0, kRelu}),
    stage({kInverted, 3, {5}, 2, 3, 40, 0.25, kRelu}),
    stage({kInverted, 1, {3}, 2, 6, 80}, {kInverted, 1, {3}, 1, 2.5, 80},
          {kInverted, 2, {3}, 1, 2.3, 80}),
    stage({kInverted, 2, {3}, 1, 6, 112, 0.25}),
    stage({kInverted, 3, {5}, 2, 6, 160, 0.25}),
    stage({kConv, 1, {1}, 1, 1, 960}),
};

// ResNet-50, He et al. 2016, table 1.
constexpr std::array kResNet50Stages{
    stage({kBottleneck, 3, {3}, 1, 0.25, 256}),
    stage({kBottleneck, 4, {3}, 2, 0.25, 512}),
    stage({kBottleneck, 6, {3}, 2, 0.25, 1024}),
    stage({kBottleneck, 3, {3}, 2, 0.25, 2048}),
};

// CSPNet, Wang et al. 2020, from `in` to `out` channels.
constexpr BaseStage csp_resnet_stage(int repeats, int stride, std::int64_t in, std::int64_t out) {
  return {.runs = {{{kCrossStage, repeats, {3}, 1, 0.5, out}}},
          .cross = CrossStage{.stride = stride,
                              .down_channels = in,
                              .widened_channels = 2 * out,
                              .linear_expansion = true,
                              .channels = out}};
}
constexpr std::array kCspResNet50Stages{
    csp_resnet_stage(3, 1, 64, 128),
    csp_resnet_stage(3, 2, 128, 256),
    csp_resnet_stage(5, 2, 256, 512),
    csp_resnet_stage(2, 2, 512, 1024),
};

constexpr std::int64_t kResNextGroups = 32;
constexpr BaseStage csp_resnext_stage(int repeats, int stride, std::int64_t in, std::int64_t out) {
  return {.runs = {{{.block = kCrossStage,
                     .repeats = repeats,
                     .channels = out / 2,
                     .groups = kResNextGroups}}},
          .cross = CrossStage{.stride = stride,
                              .down_channels = in,
                              .groups = kResNextGroups,
                              .widened_channels = out,
                              .linear_expansion = true,
                              .channels = out}};
}
constexpr std::array kCspResNext50Stages{
    csp_resnext_stage(3, 1, 64, 256),
    csp_resnext_stage(3, 2, 256, 512),
    csp_resnext_stage(5, 2, 512, 1024),
    csp_resnext_stage(2, 2, 1024, 2048),
};

// DarkNet's stages widen when they go down.
constexpr BaseStage csp_dark_stage(const BlockRun& run, std::int64_t widened, std::int64_t out) {
  return {.runs = {run},
          .cross = CrossStage{.down_channels = out, .widened_channels = widened, .channels = out}};
}
constexpr std::array kCspDarkNet53Stages{
    csp_dark_stage({kDark, 1, {3}, 1, 0.5, 64}, 128, 64),
    csp_dark_stage({kDark, 2, {3}, 1, 1, 64}, 128, 128),
    csp_dark_stage({kDark, 8, {3}, 1, 1, 128}, 256, 256),
    csp_dark_stage({kDark, 8, {3}, 1, 1, 256}, 512, 512),
    csp_dark_stage({kDark, 4, {3}, 1, 1, 512}, 1024, 1024),
};

constexpr StemSpec kCspStem{
    .conv = "stem_conv1", .norm = "", .pool = "stem_pool", .channels = 64, .kernel = 7};

}  // namespace

constexpr BackboneFamily kEfficientNet{.stages = kEfficientNetStages, .feature_stages = {2, 4, 6}};
constexpr BackboneFamily kEfficientNetLite{.stages = kEfficientNetStages,
                                           .feature_stages = {2, 4, 6},
                                           .activation = Activation::relu6,
                                           .has_squeeze = false,
                                           .fixed_ends = true};
constexpr BackboneFamily kEfficientNetEdge{
    .stages = kEdgeStages, .feature_stages = {2, 4, 5}, .activation = kRelu};
constexpr BackboneFamily kEfficientNetV2{
    .stem = {.channels = 24}, .stages = kEfficientNetV2Stages, .feature_stages = {2, 4, 5}};
constexpr BackboneFamily kEfficientNetV2Rw{
    .stem = {.channels = 24}, .stages = kEfficientNetV2RwStages, .feature_stages = {2, 4, 5}};
constexpr BackboneFamily kMixNet{.stem = {.channels = 24},
                                 .stages = kMixNetStages,
                                 .feature_stages = {2, 4, 5},
                                 .activation = kRelu};
constexpr BackboneFamily kMobileNetV2{.stages = kMobileNetV2Stages,
                                      .feature_stages = {2, 4, 6},
                                      .activation = Activation::relu6,
                                      .fixed_ends = true};
constexpr BackboneFamily kMobileNetV3{
    .stem = {.activation = "act1", .channels = 16},
    .stages = kMobileNetV3Stages,
    .feature_stages = {2, 4, 6},
    .activation = Activation::hard_swish,
    .squeeze = {.of_squeezed_channels = true, .activation = kRelu, .gate = Gate::hard_sigmoid}};
constexpr BackboneFamily kResNet50{
    .stem = {.conv = "conv1", .activation = "act1", .pool = "maxpool", .channels = 64, .kernel = 7},
    .stage_path = "layer",
    .first_stage_number = 1,
    .stages = kResNet50Stages,
    .feature_stages = {1, 2, 3},
    .activation = kRelu};
constexpr BackboneFamily kCspResNet50{.stem = kCspStem,
                                      .stage_path = "stages_",
                                      .stages = kCspResNet50Stages,
                                      .feature_stages = {1, 2, 3},
                                      .activation = Activation::leaky_relu};
constexpr BackboneFamily kCspResNext50{.stem = kCspStem,
                                       .stage_path = "stages_",
                                       .stages = kCspResNext50Stages,
                                       .feature_stages = {1, 2, 3},
                                       .activation = Activation::leaky_relu};
constexpr BackboneFamily kCspDarkNet53{.stem = {.conv = "stem_conv1", .norm = "", .stride = 1},
                                       .stage_path = "stages_",
                                       .stages = kCspDarkNet53Stages,
                                       .feature_stages = {2, 3, 4},
                                       .activation = Activation::leaky_relu};

}  // namespace effgate
