#include "harness/graph/catalogue.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "harness/base/text.h"
#include "harness/graph/backbone_table.h"
#include "harness/graph/history.h"
#include "harness/graph/implementations.h"

namespace effgate {
namespace {

constexpr std::string_view kShortFor = "tf_efficientdet_";

// effdet fills the padding of AdvProp models with 0, that of lite ones with the mean.
constexpr Preprocessing kAdvProp{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {0, 0, 0}};
constexpr Preprocessing kLite{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {128, 128, 128}};

// What a group of entries shares; the defaults are effdet's.
struct Group {
  FpnWiring wiring = FpnWiring::bifpn;
  FusionWeighting weighting = FusionWeighting::fastattn;
  Resampling downsampling = Resampling::max_pool;
  Resampling upsampling = Resampling::nearest;
  Activation activation = Activation::silu;
  std::optional<Activation> head_activation{};  // the pyramid's where unset
  PaddingStyle padding = PaddingStyle::same;
  bool separable_convs = true;
  bool redundant_bias = true;
  bool head_bn_level_first = false;
  bool features_before_projection = false;
  bool exact_ratios = false;  // aspect ratios of 2 and 1/2 exactly, not of 1.4:0.7 and 0.7:1.4
  Preprocessing preprocessing{};
};

// Models ported from TensorFlow.
constexpr Group kPorted{};
constexpr Group kPortedSum{.weighting = FusionWeighting::sum};
constexpr Group kPortedAdvProp{.preprocessing = kAdvProp};
constexpr Group kPortedLite{
    .weighting = FusionWeighting::sum, .activation = Activation::relu6, .preprocessing = kLite};

// effdet's own.
constexpr PaddingStyle kSymmetric = PaddingStyle::symmetric;
constexpr Resampling kBilinear = Resampling::bilinear;
constexpr Group kPlain{.padding = kSymmetric, .redundant_bias = false};
constexpr Group kPlainLite{
    .activation = Activation::relu6, .redundant_bias = false, .head_bn_level_first = true};

constexpr Group kQuad{.wiring = FpnWiring::quad,
                      .padding = kSymmetric,
                      .redundant_bias = false,
                      .head_bn_level_first = true};
constexpr Group kQuadBilinear{.wiring = FpnWiring::quad,
                              .downsampling = kBilinear,
                              .upsampling = kBilinear,
                              .padding = kSymmetric,
                              .redundant_bias = false,
                              .head_bn_level_first = true};
constexpr Group kExact{.padding = kSymmetric,
                       .redundant_bias = false,
                       .head_bn_level_first = true,
                       .exact_ratios = true};
constexpr Group kExactBilinear{.downsampling = kBilinear,
                               .upsampling = kBilinear,
                               .padding = kSymmetric,
                               .redundant_bias = false,
                               .head_bn_level_first = true,
                               .exact_ratios = true};
constexpr Group kWide{.padding = kSymmetric,
                      .redundant_bias = false,
                      .head_bn_level_first = true,
                      .features_before_projection = true,
                      .exact_ratios = true};
constexpr Group kEdge{.activation = Activation::relu,
                      .padding = kSymmetric,
                      .separable_convs = false,
                      .redundant_bias = false,
                      .head_bn_level_first = true,
                      .exact_ratios = true};
constexpr Group kResidual{.activation = Activation::relu,
                          .padding = kSymmetric,
                          .separable_convs = false,
                          .redundant_bias = false};
constexpr Group kCsp{.activation = Activation::leaky_relu,
                     .padding = kSymmetric,
                     .separable_convs = false,
                     .redundant_bias = false,
                     .head_bn_level_first = true,
                     .exact_ratios = true};
constexpr Group kCspBilinear{.downsampling = kBilinear,
                             .upsampling = kBilinear,
                             .activation = Activation::leaky_relu,
                             .head_activation = Activation::silu,
                             .padding = kSymmetric,
                             .separable_convs = false,
                             .redundant_bias = false,
                             .head_bn_level_first = true,
                             .exact_ratios = true};
constexpr Group kCspPan{.wiring = FpnWiring::pan,
                        .activation = Activation::leaky_relu,
                        .padding = kSymmetric,
                        .separable_convs = false,
                        .redundant_bias = false,
                        .head_bn_level_first = true,
                        .exact_ratios = true};
constexpr Group kCspQuad{.wiring = FpnWiring::quad,
                         .downsampling = kBilinear,
                         .upsampling = kBilinear,
                         .activation = Activation::leaky_relu,
                         .head_activation = Activation::mish,
                         .padding = kSymmetric,
                         .separable_convs = false,
                         .redundant_bias = false,
                         .head_bn_level_first = true,
                         .exact_ratios = true};
constexpr Group kMobileV2{.activation = Activation::relu6,
                          .padding = kSymmetric,
                          .redundant_bias = false,
                          .head_bn_level_first = true,
                          .exact_ratios = true};
constexpr Group kMobileV3{.activation = Activation::hard_swish,
                          .padding = kSymmetric,
                          .redundant_bias = false,
                          .head_bn_level_first = true,
                          .exact_ratios = true};

struct Row {
  std::string_view name;
  std::string_view backbone;
  std::int64_t image_side;
  std::int64_t fpn_channels;
  int fpn_cells;
  int head_repeats;
  const Group* group;
  double anchor_scale = 4.0;
  int max_level = 7;
};

constexpr auto kRows = std::to_array<Row>({
    {"tf_efficientdet_d0", "tf_efficientnet_b0", 512, 64, 3, 3, &kPorted},
    {"tf_efficientdet_d1", "tf_efficientnet_b1", 640, 88, 4, 3, &kPorted},
    {"tf_efficientdet_d2", "tf_efficientnet_b2", 768, 112, 5, 3, &kPorted},
    {"tf_efficientdet_d3", "tf_efficientnet_b3", 896, 160, 6, 4, &kPorted},
    {"tf_efficientdet_d4", "tf_efficientnet_b4", 1024, 224, 7, 4, &kPorted},
    {"tf_efficientdet_d5", "tf_efficientnet_b5", 1280, 288, 7, 4, &kPorted},
    {"tf_efficientdet_d6", "tf_efficientnet_b6", 1280, 384, 8, 5, &kPortedSum},
    {"tf_efficientdet_d7", "tf_efficientnet_b6", 1536, 384, 8, 5, &kPortedSum, 5.0},
    {"tf_efficientdet_d7x", "tf_efficientnet_b7", 1536, 384, 8, 5, &kPortedSum, 4.0, 8},
    {"tf_efficientdet_d0_ap", "tf_efficientnet_b0", 512, 64, 3, 3, &kPortedAdvProp},
    {"tf_efficientdet_d1_ap", "tf_efficientnet_b1", 640, 88, 4, 3, &kPortedAdvProp},
    {"tf_efficientdet_d2_ap", "tf_efficientnet_b2", 768, 112, 5, 3, &kPortedAdvProp},
    {"tf_efficientdet_d3_ap", "tf_efficientnet_b3", 896, 160, 6, 4, &kPortedAdvProp},
    {"tf_efficientdet_d4_ap", "tf_efficientnet_b4", 1024, 224, 7, 4, &kPortedAdvProp},
    {"tf_efficientdet_d5_ap", "tf_efficientnet_b5", 1280, 288, 7, 4, &kPortedAdvProp},
    {"tf_efficientdet_lite0", "tf_efficientnet_lite0", 320, 64, 3, 3, &kPortedLite, 3.0},
    {"tf_efficientdet_lite1", "tf_efficientnet_lite1", 384, 88, 4, 3, &kPortedLite, 3.0},
    {"tf_efficientdet_lite2", "tf_efficientnet_lite2", 448, 112, 5, 3, &kPortedLite, 3.0},
    {"tf_efficientdet_lite3", "tf_efficientnet_lite3", 512, 160, 6, 4, &kPortedLite},
    {"tf_efficientdet_lite3x", "tf_efficientnet_lite3", 640, 200, 6, 4, &kPortedLite, 3.0},
    {"tf_efficientdet_lite4", "tf_efficientnet_lite4", 640, 224, 7, 4, &kPortedLite},
    {"efficientdet_d0", "efficientnet_b0", 512, 64, 3, 3, &kPlain},
    {"efficientdet_d1", "efficientnet_b1", 640, 88, 4, 3, &kPlain},
    {"efficientdet_d2", "efficientnet_b2", 768, 112, 5, 3, &kPlain},
    {"efficientdet_d3", "efficientnet_b3", 896, 160, 6, 4, &kPlain},
    // effdet gives these two the ported padding and biases, so they share the state dict of
    // tf_efficientdet_d4 and d5 but not the backbone's arithmetic.
    {"efficientdet_d4", "efficientnet_b4", 1024, 224, 7, 4, &kPorted},
    {"efficientdet_d5", "efficientnet_b5", 1280, 288, 7, 4, &kPorted},
    {"efficientdet_q0", "efficientnet_b0", 512, 64, 3, 3, &kQuad},
    {"efficientdet_q1", "efficientnet_b1", 640, 88, 3, 3, &kQuadBilinear},
    {"efficientdet_q2", "efficientnet_b2", 768, 112, 4, 3, &kQuad},
    {"efficientdet_w0", "efficientnet_b0", 512, 80, 3, 3, &kWide},
    {"efficientdet_es", "efficientnet_es", 512, 72, 3, 3, &kEdge},
    {"efficientdet_em", "efficientnet_em", 640, 96, 4, 3, &kEdge},
    {"efficientdet_lite0", "efficientnet_lite0", 384, 64, 3, 3, &kPlainLite},
    {"efficientdetv2_dt", "efficientnetv2_rw_t", 768, 128, 5, 3, &kExactBilinear},
    {"efficientdetv2_ds", "efficientnetv2_rw_s", 1024, 256, 7, 4, &kExactBilinear},
    {"resdet50", "resnet50", 640, 88, 4, 3, &kResidual},
    {"cspresdet50", "cspresnet50", 768, 88, 4, 3, &kCspBilinear},
    {"cspresdext50", "cspresnext50", 640, 88, 4, 3, &kCsp},
    {"cspresdext50pan", "cspresnext50", 640, 88, 3, 3, &kCspPan},
    {"cspdarkdet53", "cspdarknet53", 640, 88, 4, 3, &kCsp},
    {"cspdarkdet53m", "cspdarknet53", 768, 96, 4, 3, &kCspQuad},
    {"mixdet_m", "mixnet_m", 512, 64, 3, 3, &kExact},
    {"mixdet_l", "mixnet_l", 640, 88, 4, 3, &kExact},
    {"mobiledetv2_110d", "mobilenetv2_110d", 384, 48, 3, 3, &kMobileV2},
    {"mobiledetv2_120d", "mobilenetv2_120d", 512, 56, 3, 3, &kMobileV2},
    {"mobiledetv3_large", "mobilenetv3_large_100", 512, 64, 3, 3, &kMobileV3},
});

// effdet's ratios 1, 2 and 0.5: of width to height, with the area of the square.
std::vector<AspectRatio> exact_ratios() {
  std::vector<AspectRatio> ratios;
  for (const double ratio : {1.0, 2.0, 0.5}) {
    ratios.push_back({std::sqrt(ratio), 1 / std::sqrt(ratio)});
  }
  return ratios;
}

ModelConfig config_of(const Row& row) {
  const Group& group = *row.group;
  const auto backbone = find_backbone(row.backbone);
  assert(backbone && "a catalogue row names a backbone that is not in the table");
  ModelConfig config;
  config.name = row.name;
  config.backbone = *backbone;
  config.backbone.features_before_projection = group.features_before_projection;
  config.height = row.image_side;
  config.width = row.image_side;
  config.max_level = row.max_level;
  config.fpn_wiring = group.wiring;
  config.fusion_weighting = group.weighting;
  config.fpn_channels = row.fpn_channels;
  config.fpn_cells = row.fpn_cells;
  config.downsampling = group.downsampling;
  config.upsampling = group.upsampling;
  config.head_repeats = row.head_repeats;
  config.head_bn_level_first = group.head_bn_level_first;
  config.activation = group.activation;
  config.head_activation = group.head_activation.value_or(group.activation);
  config.padding = group.padding;
  config.separable_convs = group.separable_convs;
  config.redundant_bias = group.redundant_bias;
  if (group.exact_ratios) config.aspect_ratios = exact_ratios();
  config.anchor_scale = row.anchor_scale;
  config.preprocessing = group.preprocessing;
  return config;
}

const Row* find_row(std::string_view name) {
  const auto row = std::ranges::find(kRows, name, &Row::name);
  return row == kRows.end() ? nullptr : &*row;
}

const Row* find_row_or_short_form(std::string_view name) {
  if (const Row* row = find_row(name)) return row;
  return find_row(std::string(kShortFor) + std::string(name));
}

// What a name stands for.
struct Found {
  const Row* row = nullptr;
  const OtherImplementation* other = nullptr;  // null where it is effdet's
  const DatedModel* dated = nullptr;           // null where it is today's
};

std::optional<Found> find_dated(std::string_view name) {
  const std::size_t at = name.find('@');
  const Row* row = find_row_or_short_form(name.substr(0, at));
  for (const DatedModel& dated : dated_models()) {
    if (row && dated.model() == row->name && dated.name.ends_with(name.substr(at))) {
      return Found{.row = row, .dated = &dated};
    }
  }
  return std::nullopt;
}

std::optional<Found> find(std::string_view name) {
  for (const OtherImplementation& other : other_implementations()) {
    if (!name.starts_with(other.prefix)) continue;
    const Row* row = find_row_or_short_form(name.substr(other.prefix.size()));
    if (!row || std::ranges::count(other.models, row->name) == 0) return std::nullopt;
    return Found{.row = row, .other = &other};
  }
  if (name.find('@') != std::string_view::npos) return find_dated(name);
  const Row* row = find_row_or_short_form(name);
  return row ? std::optional(Found{.row = row}) : std::nullopt;
}

ModelConfig config_of(const Found& found) {
  ModelConfig config = config_of(*found.row);
  if (found.dated) {
    found.dated->apply(config);
    config.name = found.dated->name;
  }
  return found.other ? as_built_by(*found.other, std::move(config)) : config;
}

// Everything that may be typed, so that "d9" is told of "d7" and not of the longest name.
std::vector<std::string> accepted_names() {
  std::vector<std::string> names = model_names();
  for (const Row& row : kRows) {
    if (row.name.starts_with(kShortFor)) names.emplace_back(row.name.substr(kShortFor.size()));
  }
  for (const DatedModel& dated : dated_models()) names.emplace_back(dated.name);
  for (const OtherImplementation& other : other_implementations()) {
    for (const std::string_view model : other.models) {
      names.push_back(std::string(other.prefix) + std::string(model));
      names.push_back(std::string(other.prefix) + std::string(model.substr(kShortFor.size())));
    }
  }
  return names;
}

Error unknown_model(std::string_view name) {
  return {.kind = ErrorKind::usage,
          .message = "unknown model \"" + printable_utf8(name) + "\"" +
                     did_you_mean(name, accepted_names()),
          .next = "effgate models"};
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> model_names_of(Implementation implementation) {
  std::vector<std::string> names;
  for (const OtherImplementation& other : other_implementations()) {
    if (other.implementation != implementation) continue;
    for (const std::string_view model : other.models) {
      names.push_back(std::string(other.prefix) + std::string(model));
    }
  }
  return names;
}

Result<std::string> resolve_model_name(std::string_view name) {
  EFFGATE_ASSIGN(const ModelConfig config, find_model(name));
  return config.name;
}

Result<ModelConfig> find_model(std::string_view name) {
  const std::optional<Found> found = find(name);
  if (!found) return unknown_model(name);
  return config_of(*found);
}

}  // namespace effgate
