#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace effgate {

// Whose code a network is. Another's state dict has its own names, which are those of
// harness/layout; the graph calls every parameter and tap as effdet does, so that the networks of
// two implementations can be laid side by side.
enum class Implementation { effdet, zylo, mmdet };

// `swish` is silu as code before PyTorch 1.7 writes it: x times sigmoid of x, in two calls. The
// others are one.
enum class Activation { silu, relu6, relu, leaky_relu, hard_swish, mish, swish };
inline constexpr int kActivationCount = static_cast<int>(Activation::swish);

// How a convolution or pool keeps the size of its input divided by its stride. `same` is
// TensorFlow's rule: the odd cell of padding goes right and bottom; `same_apart` is that rule in a
// call of its own even where the convolution could pad by itself. `symmetric` pads both sides.
enum class PaddingStyle { same, same_apart, symmetric };

// How the inputs of a pyramid node are weighed before they are summed: by relu over their sum, by
// softmax, or not at all.
enum class FusionWeighting { fastattn, attn, sum };

// When `fastattn` divides by the weights' sum, and how inputs are added up; the results differ by
// rounding.
enum class FusionOrder {
  divide_inputs,   // each input times its weight, then over the sum; stacked and summed
  divide_weights,  // the weights over their sum, then each input times its own; added one by one
};

// How a feature map is brought to another level's size.
enum class Resampling { max_pool, nearest, bilinear };

// One block of a backbone; the names of its convolutions are those of timm.
enum class BlockKind {
  conv_norm,            // conv
  depthwise_separable,  // conv_dw, squeeze, conv_pw
  inverted_residual,    // conv_pw, conv_dw, squeeze, conv_pwl
  edge_residual,        // conv_exp, squeeze, conv_pwl: inverted, its first two convolutions fused
  bottleneck,           // conv1, conv2, conv3, downsample: ResNet's
  cross_stage_bottleneck,  // conv1, conv2, conv3: the same inside of a cross stage
  dark,                    // conv1, conv2: DarkNet's
};
inline constexpr int kBlockKindCount = static_cast<int>(BlockKind::dark) + 1;

// Kernel sizes of one convolution, 0 after the last. Several split its channels among them.
using Kernels = std::array<std::int64_t, 4>;

// A run of equal blocks. The first block has the stride and changes the channels.
struct BlockRun {
  BlockKind block = BlockKind::inverted_residual;
  int repeats = 0;
  Kernels kernels{3};  // of the spatial convolution
  int stride = 1;
  // Channels in the middle of a block, as a multiple of those it gets, or in a bottleneck of those
  // it gives.
  double expansion = 1;
  std::int64_t channels = 0;
  double squeeze_ratio = 0;                // 0 is a block without squeeze
  std::optional<Activation> activation{};  // the backbone's where unset
  Kernels expansion_kernels{1};            // of conv_pw before the spatial convolution
  Kernels projection_kernels{1};           // of conv_pwl
  std::int64_t groups = 1;                 // of the spatial convolution in a bottleneck
  std::int64_t middle_channels = 0;        // instead of the expansion
  bool skips = true;                       // adds its input where the shapes allow it
};

// Around the blocks of a stage (CSPNet): the map is brought down and widened, its second half goes
// through the blocks, and both halves are joined.
struct CrossStage {
  int stride = 2;                     // of conv_down; with 1 there is none
  std::int64_t down_channels = 0;     // after conv_down
  std::int64_t groups = 1;            // of conv_down
  std::int64_t widened_channels = 0;  // after conv_exp, both halves
  bool linear_expansion = false;      // no activation after conv_exp
  std::int64_t channels = 0;          // of the stage
};

struct StageSpec {
  std::string path;  // in the backbone
  std::vector<BlockRun> runs{};
  std::optional<CrossStage> cross{};
};

// How an image enters: convolution, batch norm, activation, and perhaps a max pool of 3x3 with
// stride 2. The paths are literals.
struct StemSpec {
  std::string_view conv = "conv_stem";
  std::string_view norm = "bn1";  // empty where CONV is a module of both, CONV.conv and CONV.bn
  std::string_view activation{};  // where it is a module of its own, not the batch norm's end
  std::string_view pool{};        // empty without a pool
  std::int64_t channels = 32;
  std::int64_t kernel = 3;
  std::int64_t stride = 2;
};

enum class Gate { sigmoid, hard_sigmoid };

// Squeeze and excitation, the same in all blocks of a backbone that have it.
struct SqueezeStyle {
  // The reduced width is a share of the block's input, to the nearest integer; or of the channels
  // that are squeezed, to a multiple of 8.
  bool of_squeezed_channels = false;
  std::optional<Activation> activation{};  // the block's where unset
  Gate gate = Gate::sigmoid;
};

struct BackboneConfig {
  std::string name;  // timm's
  StemSpec stem;
  std::vector<StageSpec> stages;
  std::vector<int> feature_stages;  // whose outputs are P3, P4, P5
  // The features are what the last block of a stage projects, not what it gives.
  bool features_before_projection = false;
  Activation activation = Activation::silu;
  SqueezeStyle squeeze;
  PaddingStyle padding = PaddingStyle::same;
  double batch_norm_eps = 1e-3;
};

// The names of cells' wirings; the node lists are in fpn_nodes.h.
enum class FpnWiring { bifpn, quad, pan };

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
  Implementation implementation = Implementation::effdet;
  BackboneConfig backbone;
  std::int64_t height = 512;  // of the image
  std::int64_t width = 512;
  std::int64_t num_classes = 90;
  int min_level = 3;
  int max_level = 7;

  FpnWiring fpn_wiring = FpnWiring::bifpn;
  FusionWeighting fusion_weighting = FusionWeighting::fastattn;
  FusionOrder fusion_order = FusionOrder::divide_inputs;
  std::int64_t fpn_channels = 64;
  int fpn_cells = 3;
  Resampling downsampling = Resampling::max_pool;
  Resampling upsampling = Resampling::nearest;
  double pool_padding = -std::numeric_limits<double>::infinity();  // around a map that is pooled
  // Maps are doubled and not brought to a level's size: the image's sides must be multiples of the
  // coarsest level's stride.
  bool doubles_maps = false;

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

  bool class_sigmoid = false;  // the network goes on to probabilities, tapped as prob/LEVEL

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
