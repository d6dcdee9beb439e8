#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace effgate {

enum class Activation { silu, relu6, relu, leaky_relu };

// How a convolution or pool keeps the size of its input divided by its stride. `same` is
// TensorFlow's rule: the odd cell of padding goes right and bottom. `symmetric` pads both sides.
enum class PaddingStyle { same, symmetric };

// How the inputs of a pyramid node are weighed before they are summed: by relu over their sum, by
// softmax, or not at all.
enum class FusionWeighting { fastattn, attn, sum };

// How a feature map is brought to another level's size.
enum class Resampling { max_pool, nearest, bilinear };

// One block of a backbone; the names of its convolutions are those of timm.
enum class BlockKind {
  depthwise_separable,  // conv_dw, squeeze, conv_pw
  inverted_residual,    // conv_pw, conv_dw, squeeze, conv_pwl
};

// A run of equal blocks. The first block has the stride and changes the channels.
struct StageSpec {
  BlockKind block = BlockKind::inverted_residual;
  int repeats = 1;
  int kernel = 3;
  int stride = 1;
  double expansion = 6;
  std::int64_t channels = 0;
  double squeeze_ratio = 0;  // of the block's input channels; 0 is a block without squeeze
};

struct BackboneConfig {
  std::string name;  // timm's
  std::int64_t stem_channels = 32;
  std::vector<StageSpec> stages;
  std::vector<int> feature_stages;  // whose outputs are P3, P4, P5
  Activation activation = Activation::silu;
  PaddingStyle padding = PaddingStyle::same;
  double batch_norm_eps = 1e-3;
};

// The names of cells' wirings; the node lists are in fpn_nodes.h.
enum class FpnWiring { bifpn };

// What is done to 0..255 RGB pixels. The picture keeps its proportions, lies top left, and `fill`
// (0..255, before normalisation) covers the rest.
struct Preprocessing {
  std::array<double, 3> mean{0.485, 0.456, 0.406};
  std::array<double, 3> std{0.229, 0.224, 0.225};
  std::array<int, 3> fill{124, 116, 104};
};

// Width and height of an anchor relative to its square.
struct AspectRatio {
  double width = 1;
  double height = 1;
};

// Everything that makes one catalogue entry the network it is.
struct ModelConfig {
  std::string name;
  BackboneConfig backbone;
  std::int64_t height = 512;  // of the image
  std::int64_t width = 512;
  std::int64_t num_classes = 90;
  int min_level = 3;
  int max_level = 7;

  FpnWiring fpn_wiring = FpnWiring::bifpn;
  FusionWeighting fusion_weighting = FusionWeighting::fastattn;
  std::int64_t fpn_channels = 64;
  int fpn_cells = 3;
  Resampling downsampling = Resampling::max_pool;
  Resampling upsampling = Resampling::nearest;

  int head_repeats = 3;
  // State-dict order of the heads' batch norms: bn_rep.LEVEL.REPEAT, or bn_rep.REPEAT.LEVEL.bn.
  bool head_bn_level_first = false;

  // Of pyramid and heads; the backbone has its own.
  Activation activation = Activation::silu;
  Activation head_activation = Activation::silu;
  PaddingStyle padding = PaddingStyle::same;
  double batch_norm_eps = 1e-3;
  bool separable_convs = true;
  bool redundant_bias = true;  // biases before batch norms, as in the TensorFlow originals

  int num_scales = 3;
  std::vector<AspectRatio> aspect_ratios{{1.0, 1.0}, {1.4, 0.7}, {0.7, 1.4}};
  double anchor_scale = 4.0;

  Preprocessing preprocessing;

  int num_levels() const { return max_level - min_level + 1; }
  std::int64_t anchors_per_cell() const {
    return num_scales * static_cast<std::int64_t>(aspect_ratios.size());
  }
};

}  // namespace effgate
