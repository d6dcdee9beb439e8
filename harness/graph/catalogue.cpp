#include "harness/graph/catalogue.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>

#include "harness/base/text.h"
#include "harness/graph/backbone_table.h"

namespace effgate {
namespace {

constexpr std::string_view kShortFor = "tf_efficientdet_";

constexpr Preprocessing kImageNet{};
// effdet fills the padding of AdvProp models with 0, that of lite ones with the mean.
constexpr Preprocessing kAdvProp{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {0, 0, 0}};
constexpr Preprocessing kLite{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, {128, 128, 128}};

// What a group of entries shares.
struct Group {
  FusionWeighting weighting;
  Activation activation;
  PaddingStyle padding;
  bool redundant_bias;
  bool head_bn_level_first;
  const Preprocessing* preprocessing;
};
constexpr FusionWeighting kFast = FusionWeighting::fastattn;
constexpr FusionWeighting kSum = FusionWeighting::sum;
constexpr PaddingStyle kSame = PaddingStyle::same;
constexpr Group kPorted{kFast, Activation::silu, kSame, true, false, &kImageNet};
constexpr Group kPortedSum{kSum, Activation::silu, kSame, true, false, &kImageNet};
constexpr Group kPortedAdvProp{kFast, Activation::silu, kSame, true, false, &kAdvProp};
constexpr Group kPortedLite{kSum, Activation::relu6, kSame, true, false, &kLite};
constexpr Group kPlain{kFast, Activation::silu, PaddingStyle::symmetric, false, false, &kImageNet};
constexpr Group kPlainLite{kFast, Activation::relu6, kSame, false, true, &kImageNet};

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

constexpr std::array<Row, 28> kRows{{
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
    {"efficientdet_lite0", "efficientnet_lite0", 384, 64, 3, 3, &kPlainLite},
}};

ModelConfig config_of(const Row& row) {
  const Group& group = *row.group;
  const auto backbone = find_backbone(row.backbone);
  assert(backbone && "a catalogue row names a backbone that is not in the table");
  ModelConfig config;
  config.name = row.name;
  config.backbone = *backbone;
  config.height = row.image_side;
  config.width = row.image_side;
  config.max_level = row.max_level;
  config.fusion_weighting = group.weighting;
  config.fpn_channels = row.fpn_channels;
  config.fpn_cells = row.fpn_cells;
  config.head_repeats = row.head_repeats;
  config.head_bn_level_first = group.head_bn_level_first;
  config.activation = group.activation;
  config.head_activation = group.activation;
  config.padding = group.padding;
  config.redundant_bias = group.redundant_bias;
  config.anchor_scale = row.anchor_scale;
  config.preprocessing = *group.preprocessing;
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

// Everything that may be typed, so that "d9" is told of "d7" and not of the longest name.
std::vector<std::string> accepted_names() {
  std::vector<std::string> names = model_names();
  for (const Row& row : kRows) {
    if (row.name.starts_with(kShortFor)) names.emplace_back(row.name.substr(kShortFor.size()));
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

Result<std::string> resolve_model_name(std::string_view name) {
  const Row* row = find_row_or_short_form(name);
  if (!row) return unknown_model(name);
  return std::string(row->name);
}

Result<ModelConfig> find_model(std::string_view name) {
  const Row* row = find_row_or_short_form(name);
  if (!row) return unknown_model(name);
  return config_of(*row);
}

}  // namespace effgate
