#include "harness/graph/history.h"

#include <array>
#include <cstdint>

namespace effgate {
namespace {

void set_side(ModelConfig& config, std::int64_t side) {
  config.height = side;
  config.width = side;
}

// effdet's own lite models, before it had TensorFlow's: learned fusion weights, relu and no relu6
// outside of the backbone, ImageNet's mean and deviation.
void early_lite(ModelConfig& config, std::int64_t side) {
  config.fusion_weighting = FusionWeighting::fastattn;
  config.activation = Activation::relu;
  config.head_activation = Activation::relu;
  set_side(config, side);
  config.anchor_scale = 4;
  config.preprocessing = {};
}

// Of untrained models that followed their author's experiments: head norms were repeat first.
void repeat_first(ModelConfig& config) { config.head_bn_level_first = false; }

void repeat_first_with_rounded_ratios(ModelConfig& config) {
  repeat_first(config);
  config.aspect_ratios = ModelConfig{}.aspect_ratios;
}

void resample_by_pool_and_nearest(ModelConfig& config) {
  config.downsampling = Resampling::max_pool;
  config.upsampling = Resampling::nearest;
}

// The features were those one stage up, with half the stride, and the last stage was not built.
void earlier_features(BackboneConfig& backbone) {
  for (int& stage : backbone.feature_stages) --stage;
  backbone.stages.pop_back();
}

constexpr std::string_view kByRelease023 = "2020-11-30";
constexpr std::string_view kBySqrtRatios = "2020-10-30";
constexpr std::string_view kRepeatFirst = "head norms repeat first";
constexpr std::string_view kRoundedRatios =
    "head norms repeat first, anchor aspect ratios 1.4:0.7 and 0.7:1.4";

// Read in the history of rwightman/efficientdet-pytorch; the commits are those of the days named.
constexpr auto kDatedModels = std::to_array<DatedModel>({
    {"tf_efficientdet_lite0@2020-06", "2020-06-14",
     "fusion weights, input 512, relu, anchor scale 4, mean and std of ImageNet",
     [](ModelConfig& config) { early_lite(config, 512); }},
    {"tf_efficientdet_lite0@2020-06-14", "2021-11-16",
     "fusion weights, no biases, input 512, relu, anchor scale 4, mean and std of ImageNet",
     [](ModelConfig& config) {
       early_lite(config, 512);
       config.redundant_bias = false;
     }},
    {"tf_efficientdet_lite1@2020-06", "2021-11-16",
     "fusion weights, input 640, relu, anchor scale 4, mean and std of ImageNet",
     [](ModelConfig& config) { early_lite(config, 640); }},
    {"tf_efficientdet_lite2@2020-06", "2021-11-16",
     "fusion weights, input 768, relu, anchor scale 4, mean and std of ImageNet",
     [](ModelConfig& config) { early_lite(config, 768); }},
    {"tf_efficientdet_lite3@2020-06", "2021-11-16",
     "fusion weights, input 896, relu, mean and std of ImageNet",
     [](ModelConfig& config) { early_lite(config, 896); }},
    {"tf_efficientdet_lite4@2020-06", "2021-11-16",
     "fusion weights, input 1024, relu, mean and std of ImageNet",
     [](ModelConfig& config) { early_lite(config, 1024); }},
    {"efficientdet_d3@0.1.0", "2020-05-27",
     "input 768, 112 channels in 5 cells, 3 repeats in the heads",
     [](ModelConfig& config) {
       set_side(config, 768);
       config.fpn_channels = 112;
       config.fpn_cells = 5;
       config.head_repeats = 3;
     }},
    {"efficientdet_q1@2020-12-04", "2021-02-18",
     "the same names and shapes; resampled by max pool and nearest", resample_by_pool_and_nearest},
    {"efficientdet_w0@0.1.6", kBySqrtRatios, kRoundedRatios, repeat_first_with_rounded_ratios},
    {"efficientdet_w0@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"efficientdet_es@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"efficientdet_em@0.2.1", kByRelease023, "biases before batch norms, head norms repeat first",
     [](ModelConfig& config) {
       repeat_first(config);
       config.redundant_bias = true;
     }},
    {"cspresdet50@0.2.1", kByRelease023,
     "head norms repeat first, input 640, leaky_relu in the heads, resampled by max pool and "
     "nearest",
     [](ModelConfig& config) {
       repeat_first(config);
       set_side(config, 640);
       config.head_activation = config.activation;
       resample_by_pool_and_nearest(config);
     }},
    {"cspresdext50@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"cspdarkdet53@0.2.1", kByRelease023,
     "head norms repeat first, features of 128, 256 and 512 channels",
     [](ModelConfig& config) {
       repeat_first(config);
       earlier_features(config.backbone);
     }},
    {"mixdet_m@0.1.6", kBySqrtRatios, kRoundedRatios, repeat_first_with_rounded_ratios},
    {"mixdet_m@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"mixdet_l@0.1.6", kBySqrtRatios, kRoundedRatios, repeat_first_with_rounded_ratios},
    {"mixdet_l@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"mobiledetv2_110d@0.1.6", kBySqrtRatios, kRoundedRatios, repeat_first_with_rounded_ratios},
    {"mobiledetv2_110d@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"mobiledetv2_120d@0.1.6", kBySqrtRatios, kRoundedRatios, repeat_first_with_rounded_ratios},
    {"mobiledetv2_120d@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
    {"mobiledetv3_large@0.1.6", kBySqrtRatios, kRoundedRatios, repeat_first_with_rounded_ratios},
    {"mobiledetv3_large@0.2.1", kByRelease023, kRepeatFirst, repeat_first},
});

}  // namespace

std::string_view DatedModel::model() const { return undated(name); }

std::string_view undated(std::string_view model) { return model.substr(0, model.find('@')); }

std::span<const DatedModel> dated_models() { return kDatedModels; }

}  // namespace effgate
