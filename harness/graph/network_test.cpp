#include "harness/graph/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Graph built(const ModelConfig& config, const ModelOverrides& overrides = {}) {
  auto graph = build_graph(config, overrides);
  EXPECT_TRUE(graph.ok()) << graph.error().message;
  return graph.ok() ? *std::move(graph) : Graph{};
}

Graph built(std::string_view name, const ModelOverrides& overrides = {}) {
  return built(*find_model(name), overrides);
}

std::string refusal(std::string_view name, const ModelOverrides& overrides) {
  const auto graph = build_graph(*find_model(name), overrides);
  if (graph.ok()) return "";
  EXPECT_EQ(graph.error().kind, ErrorKind::usage);
  return graph.error().message;
}

std::map<std::string, int> calls(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Op& op : graph.ops) ++counts[std::string(to_string(op.kind))];
  return counts;
}

const Tap& tap(const std::vector<Tap>& taps, std::string_view name) {
  const auto found = std::ranges::find(taps, name, &Tap::name);
  EXPECT_NE(found, taps.end()) << name;
  return *found;
}

std::vector<std::int64_t> shape(const Graph& graph, const std::vector<Tap>& taps,
                                std::string_view name) {
  return graph.values[static_cast<std::size_t>(tap(taps, name).value)].shape;
}

// The op that made a tapped value or last changed it.
const Op& writer(const Graph& graph, std::string_view name) {
  return graph.ops.at(static_cast<std::size_t>(tap(graph.taps, name).after));
}

// Counted on effdet 0.4.1 by PyTorch's dispatcher.
TEST(Network, makes_the_calls_of_effdet_d0) {
  const auto counts = calls(built("d0"));
  const std::map<std::string, int> published{
      {"conv2d", 214},        {"batch_norm", 108}, {"silu_", 102},     {"mean_hw", 16},
      {"sigmoid", 16},        {"max_pool2d", 14},  {"stack_last", 24}, {"upsample_nearest2d", 12},
      {"constant_pad_nd", 19}};
  for (const auto& [kind, count] : published) EXPECT_EQ(counts.at(kind), count) << kind;
}

// By hand: of the eight fusions of a cell three have three inputs, the others two.
TEST(Network, makes_the_arithmetic_of_effdet_d0) {
  const int inputs = 3 * (5 * 2 + 3 * 3);
  const auto counts = calls(built("d0"));
  EXPECT_EQ(counts.at("relu"), 24);
  EXPECT_EQ(counts.at("sum_all"), 24);
  EXPECT_EQ(counts.at("sum_last"), 24);
  EXPECT_EQ(counts.at("select"), inputs);
  EXPECT_EQ(counts.at("add_scalar"), inputs);
  EXPECT_EQ(counts.at("div"), inputs);
  EXPECT_EQ(counts.at("mul"), inputs + 16);  // and one for each squeeze
  EXPECT_EQ(counts.at("add"), 9);            // repeats beyond the first of seven stages
  EXPECT_EQ(counts.size(), 17u);
}

TEST(Network, pads_inside_the_calls_where_padding_is_symmetric) {
  const auto counts = calls(built("efficientdet_d0"));
  EXPECT_EQ(counts.count("constant_pad_nd"), 0u);
  EXPECT_EQ(counts.at("conv2d"), 214);
  EXPECT_EQ(counts.at("max_pool2d"), 14);
}

TEST(Network, pads_only_pools_outside_where_the_backbone_alone_is_symmetric) {
  const auto counts = calls(built("efficientdet_d4", {.height = 128, .width = 128}));
  EXPECT_EQ(counts.at("constant_pad_nd"), counts.at("max_pool2d"));
}

TEST(Network, sums_without_weights_in_lite_models) {
  const auto counts = calls(built("lite0"));
  EXPECT_EQ(counts.count("relu"), 0u);
  EXPECT_EQ(counts.count("div"), 0u);
  EXPECT_EQ(counts.count("mean_hw"), 0u);
  EXPECT_EQ(counts.at("relu6_"), 102 - 16);
  EXPECT_EQ(counts.at("sum_last"), 24);
}

TEST(Network, fuses_in_the_order_of_effdet) {
  const Graph graph = built("d0");
  const std::int32_t last = tap(graph.taps, "fpn.cell.1.fnode.0.combine").after;
  std::vector<OpKind> kinds;
  for (std::int32_t i = last - 12; i <= last; ++i) {
    kinds.push_back(graph.ops[static_cast<std::size_t>(i)].kind);
  }
  EXPECT_THAT(kinds,
              ElementsAre(OpKind::upsample_nearest2d, OpKind::relu, OpKind::sum_all, OpKind::select,
                          OpKind::mul, OpKind::add_scalar, OpKind::div, OpKind::select, OpKind::mul,
                          OpKind::add_scalar, OpKind::div, OpKind::stack_last, OpKind::sum_last));
  EXPECT_EQ(graph.ops[static_cast<std::size_t>(last - 7)].scalar, 1e-4);
}

TEST(Network, pads_pools_with_minus_infinity_and_convolutions_with_zero) {
  for (const Graph& graph = built("d0"); const Op& op : graph.ops) {
    if (op.kind != OpKind::constant_pad_nd) continue;
    const auto reader = std::ranges::find_if(graph.ops, [&](const Op& candidate) {
      return std::ranges::count(candidate.inputs, op.output) > 0;
    });
    ASSERT_NE(reader, graph.ops.end());
    const double fill =
        reader->kind == OpKind::max_pool2d ? -std::numeric_limits<double>::infinity() : 0;
    EXPECT_EQ(op.scalar, fill);
    EXPECT_EQ(reader->window.padding, (std::array<std::int64_t, 2>{0, 0}));
  }
}

TEST(Network, gives_the_output_shapes_of_the_golden_files) {
  const Graph d0 = built("d0");
  EXPECT_EQ(d0.outputs.size(), 10u);
  EXPECT_THAT(shape(d0, d0.outputs, "class/3"), ElementsAre(1, 810, 64, 64));
  EXPECT_THAT(shape(d0, d0.outputs, "box/7"), ElementsAre(1, 36, 4, 4));
  EXPECT_THAT(shape(d0, d0.taps, "backbone/5"), ElementsAre(1, 320, 16, 16));
  EXPECT_THAT(shape(d0, d0.taps, "fpn/6"), ElementsAre(1, 64, 8, 8));
  const Graph lite0 = built("lite0");
  EXPECT_THAT(shape(lite0, lite0.outputs, "class/6"), ElementsAre(1, 810, 5, 5));
  EXPECT_THAT(shape(lite0, lite0.outputs, "class/7"), ElementsAre(1, 810, 3, 3));
  const Graph d7x = built("d7x", {.height = 512, .width = 512});
  EXPECT_EQ(d7x.outputs.front().name, "class/3");
  EXPECT_EQ(d7x.outputs.back().name, "box/8");
  EXPECT_THAT(shape(d7x, d7x.outputs, "box/8"), ElementsAre(1, 36, 2, 2));
}

TEST(Network, follows_an_image_that_is_not_square) {
  const Graph graph = built("d0", {.height = 384, .width = 640, .batch = 2});
  EXPECT_THAT(shape(graph, graph.outputs, "class/3"), ElementsAre(2, 810, 48, 80));
  EXPECT_THAT(shape(graph, graph.outputs, "class/7"), ElementsAre(2, 810, 3, 5));
}

TEST(Network, sizes_the_heads_for_the_classes_and_anchors_asked_for) {
  const ModelOverrides overrides{.num_classes = 3,
                                 .num_scales = 2,
                                 .aspect_ratios = std::vector<AspectRatio>{{1, 1}, {2, 0.5}}};
  const Graph graph = built("d0", overrides);
  EXPECT_THAT(shape(graph, graph.outputs, "class/3"), ElementsAre(1, 12, 64, 64));
  EXPECT_THAT(shape(graph, graph.outputs, "box/3"), ElementsAre(1, 16, 64, 64));
  EXPECT_EQ(graph.anchors_per_cell, 4);
  EXPECT_EQ(state_dict_schema(*find_model("d0"), overrides), graph.params);
}

TEST(Network, refuses_a_size_whose_pyramid_ends_on_one_side_only) {
  EXPECT_THAT(refusal("d0", {.height = 64, .width = 512}), HasSubstr("64x512"));
  EXPECT_EQ(refusal("d0", {.height = 65, .width = 512}), "");
  EXPECT_EQ(refusal("d0", {.height = 32, .width = 32}), "");
  EXPECT_THAT(refusal("d7x", {.height = 128, .width = 512}), HasSubstr("level 7"));
}

TEST(Network, refuses_numbers_outside_their_range) {
  EXPECT_THAT(refusal("d0", {.height = 0}), HasSubstr("image height is 0"));
  EXPECT_THAT(refusal("d0", {.width = 1 << 30}), HasSubstr("image width"));
  EXPECT_THAT(refusal("d0", {.num_classes = -1}), HasSubstr("number of classes is -1"));
  EXPECT_THAT(refusal("d0", {.batch = 0}), HasSubstr("batch is 0"));
  EXPECT_THAT(refusal("d0", {.aspect_ratios = std::vector<AspectRatio>{}}), HasSubstr("anchors"));
  EXPECT_THAT(refusal("d0", {.aspect_ratios = std::vector<AspectRatio>{{0, 1}}}), HasSubstr("0:1"));
  EXPECT_THAT(refusal("d0", {.anchor_scale = std::nan("")}), HasSubstr("anchor scale"));
  EXPECT_EQ(refusal("d0", {.num_classes = 1, .batch = 4, .anchor_scale = 0.5}), "");
}

TEST(Network, taps_modules_by_their_state_dict_path) {
  const Graph graph = built("d0");
  EXPECT_EQ(writer(graph, "backbone.blocks.0.0.bn1").kind, OpKind::silu_);
  EXPECT_EQ(writer(graph, "backbone.blocks.1.0.bn3").kind, OpKind::batch_norm);
  EXPECT_EQ(writer(graph, "backbone.blocks.1.1").kind, OpKind::add);
  EXPECT_EQ(writer(graph, "backbone.blocks.2.0.se").kind, OpKind::mul);
  EXPECT_EQ(writer(graph, "fpn.resample.3").kind, OpKind::max_pool2d);
  EXPECT_EQ(writer(graph, "fpn.cell.0.fnode.0.combine").kind, OpKind::sum_last);
  EXPECT_EQ(writer(graph, "fpn.cell.0.fnode.3.combine.resample.0.conv.bn").kind,
            OpKind::batch_norm);
  EXPECT_EQ(writer(graph, "class_net.conv_rep.0/7").kind, OpKind::conv2d);
  EXPECT_EQ(writer(graph, "class_net.bn_rep.2.4.bn").kind, OpKind::batch_norm);
  EXPECT_EQ(writer(graph, "backbone/3").kind, OpKind::add);
}

// A list of modules, which is never called.
bool is_container(std::string_view module) {
  const std::string_view list = module.substr(0, module.rfind('.'));
  return module == "backbone" || list.ends_with(".bn_rep");
}

// Of every key the innermost module, and the one around it unless that is a mere container.
TEST(Network, taps_the_modules_of_every_parameter) {
  for (const std::string& name : model_names()) {
    const Graph graph = built(name, {.height = 256, .width = 256});
    std::set<std::string> tapped;
    for (const Tap& t : graph.taps) tapped.insert(t.name.substr(0, t.name.find('/')));
    for (const ParamSpec& param : graph.params) {
      const std::string module = param.name.substr(0, param.name.rfind('.'));
      EXPECT_TRUE(tapped.contains(module)) << name << ' ' << module;
      if (param.name.ends_with("edge_weights")) continue;
      const std::string outer = module.substr(0, module.rfind('.'));
      EXPECT_TRUE(tapped.contains(outer) || is_container(outer)) << name << ' ' << outer;
    }
  }
}

TEST(Network, names_every_tap_once) {
  for (const std::string& name : model_names()) {
    const Graph graph = built(name, {.height = 256, .width = 256});
    std::set<std::string> names;
    for (const Tap& t : graph.taps) EXPECT_TRUE(names.insert(t.name).second) << name << t.name;
    EXPECT_GT(names.size(), 500u);
  }
}

// What an executor relies on, for every model.
TEST(Network, reads_only_values_that_earlier_operations_made) {
  for (const std::string& name : model_names()) {
    const Graph graph = built(name);
    std::vector<bool> made(graph.values.size(), false);
    made[0] = true;
    for (const Op& op : graph.ops) {
      for (const ValueId input : op.inputs) ASSERT_TRUE(made.at(static_cast<std::size_t>(input)));
      const bool in_place = to_string(op.kind).ends_with('_');
      ASSERT_EQ(made.at(static_cast<std::size_t>(op.output)), in_place) << name;
      made[static_cast<std::size_t>(op.output)] = true;
      for (const ParamId param : op.params) {
        ASSERT_LT(static_cast<std::size_t>(param), graph.params.size());
      }
    }
    EXPECT_TRUE(std::ranges::all_of(made, [](bool m) { return m; })) << name;
  }
}

TEST(Network, reads_every_parameter_but_the_counters) {
  for (const std::string& name : model_names()) {
    const Graph graph = built(name);
    std::vector<bool> read(graph.params.size(), false);
    for (const Op& op : graph.ops) {
      for (const ParamId param : op.params) read[static_cast<std::size_t>(param)] = true;
    }
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i], graph.params[i].dtype == DType::float32) << graph.params[i].name;
    }
  }
}

TEST(Network, changes_in_place_only_what_nothing_has_read) {
  for (const std::string& name : model_names()) {
    const Graph graph = built(name);
    std::vector<bool> read(graph.values.size(), false);
    for (const Op& op : graph.ops) {
      const bool in_place = to_string(op.kind).ends_with('_');
      EXPECT_FALSE(in_place && read[static_cast<std::size_t>(op.output)]) << name;
      for (const ValueId input : op.inputs) {
        if (!in_place) read[static_cast<std::size_t>(input)] = true;
      }
    }
  }
}

TEST(Network, weighs_by_softmax_and_resamples_bilinearly_where_the_configuration_says_so) {
  ModelConfig config = *find_model("d0");
  config.fusion_weighting = FusionWeighting::attn;
  config.upsampling = Resampling::bilinear;
  config.downsampling = Resampling::bilinear;
  const auto counts = calls(built(config));
  EXPECT_EQ(counts.at("softmax0"), 24);
  EXPECT_EQ(counts.at("mul_last"), 24);
  EXPECT_EQ(counts.at("upsample_bilinear2d"), 12 + 14);
  EXPECT_EQ(counts.count("max_pool2d"), 0u);
  EXPECT_EQ(counts.count("div"), 0u);
}

TEST(Network, uses_dense_convolutions_where_the_configuration_says_so) {
  ModelConfig config = *find_model("d0");
  config.separable_convs = false;
  const Graph graph = built(config);
  const auto found =
      std::ranges::find(graph.params, "class_net.predict.conv.weight", &ParamSpec::name);
  ASSERT_NE(found, graph.params.end());
  EXPECT_THAT(found->shape, ElementsAre(810, 64, 3, 3));
  EXPECT_EQ(calls(graph).at("conv2d"), 214 - 24 - 40);
}

// timm's MixedConv2d(100, 100, [3, 5, 7]) splits 34, 33, 33.
TEST(Network, gives_the_first_of_several_kernels_the_channels_left_over) {
  ModelConfig config = *find_model("mixdet_m");
  config.backbone.stages[1].runs[0].middle_channels = 100;
  const Graph graph = built(config, {.height = 64, .width = 64});
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const ParamSpec& param : graph.params) shapes[param.name] = param.shape;
  const std::string path = "backbone.blocks.1.0.conv_dw.";
  EXPECT_THAT(shapes[path + "0.weight"], ElementsAre(34, 1, 3, 3));
  EXPECT_THAT(shapes[path + "1.weight"], ElementsAre(33, 1, 5, 5));
  EXPECT_THAT(shapes[path + "2.weight"], ElementsAre(33, 1, 7, 7));
  EXPECT_THAT(shape(graph, graph.taps, "backbone.blocks.1.0.conv_dw"), ElementsAre(1, 100, 16, 16));
}

}  // namespace
}  // namespace effgate
