#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "harness/layout/name_rules.h"

namespace effgate {
namespace {

using std::string_view;
using Words = std::vector<std::pair<std::string, std::string>>;

// {first} is a block of stage 0, which does not expand; {later} of another; {block} of any.
constexpr std::array kZyloRules = {
    NameRule{"bifpn.{cell}.{edges}", "fpn.cell.{cell}.fnode.{edges}.combine.edge_weights"},
    NameRule{"bifpn.{cell}.{node}.depthwise_conv.conv.weight",
             "fpn.cell.{cell}.fnode.{node}.after_combine.conv.conv_dw.weight"},
    NameRule{"bifpn.{cell}.{node}.pointwise_conv.conv.{affine}",
             "fpn.cell.{cell}.fnode.{node}.after_combine.conv.conv_pw.{affine}"},
    NameRule{"bifpn.{cell}.{node}.bn.{norm}",
             "fpn.cell.{cell}.fnode.{node}.after_combine.conv.bn.{norm}"},
    NameRule{"bifpn.0.{down}.0.conv.{affine}", "fpn.cell.0.fnode.{down}.conv.conv.{affine}"},
    NameRule{"bifpn.0.{down}.1.{norm}", "fpn.cell.0.fnode.{down}.conv.bn.{norm}"},
    NameRule{"bifpn.0.p5_to_p6.0.conv.{affine}", "fpn.resample.3.conv.conv.{affine}"},
    NameRule{"bifpn.0.p5_to_p6.1.{norm}", "fpn.resample.3.conv.bn.{norm}"},
    NameRule{"{head}.conv_list.{repeat}.depthwise_conv.conv.weight",
             "{head}.conv_rep.{repeat}.conv_dw.weight"},
    NameRule{"{head}.conv_list.{repeat}.pointwise_conv.conv.{affine}",
             "{head}.conv_rep.{repeat}.conv_pw.{affine}"},
    NameRule{"{head}.bn_list.{level}.{repeat}.{norm}", "{head}.bn_rep.{repeat}.{level}.bn.{norm}"},
    NameRule{"{head}.header.depthwise_conv.conv.weight", "{head}.predict.conv_dw.weight"},
    NameRule{"{head}.header.pointwise_conv.conv.{affine}", "{head}.predict.conv_pw.{affine}"},
    NameRule{"backbone_net.model._conv_stem.conv.weight", "backbone.conv_stem.weight"},
    NameRule{"backbone_net.model._bn0.{norm}", "backbone.bn1.{norm}"},
    NameRule{"backbone_net.model._blocks.{first}._depthwise_conv.conv.weight",
             "backbone.blocks.{first}.conv_dw.weight"},
    NameRule{"backbone_net.model._blocks.{first}._bn1.{norm}",
             "backbone.blocks.{first}.bn1.{norm}"},
    NameRule{"backbone_net.model._blocks.{first}._project_conv.conv.weight",
             "backbone.blocks.{first}.conv_pw.weight"},
    NameRule{"backbone_net.model._blocks.{first}._bn2.{norm}",
             "backbone.blocks.{first}.bn2.{norm}"},
    NameRule{"backbone_net.model._blocks.{later}._expand_conv.conv.weight",
             "backbone.blocks.{later}.conv_pw.weight"},
    NameRule{"backbone_net.model._blocks.{later}._bn0.{norm}",
             "backbone.blocks.{later}.bn1.{norm}"},
    NameRule{"backbone_net.model._blocks.{later}._depthwise_conv.conv.weight",
             "backbone.blocks.{later}.conv_dw.weight"},
    NameRule{"backbone_net.model._blocks.{later}._bn1.{norm}",
             "backbone.blocks.{later}.bn2.{norm}"},
    NameRule{"backbone_net.model._blocks.{later}._project_conv.conv.weight",
             "backbone.blocks.{later}.conv_pwl.weight"},
    NameRule{"backbone_net.model._blocks.{later}._bn2.{norm}",
             "backbone.blocks.{later}.bn3.{norm}"},
    NameRule{"backbone_net.model._blocks.{block}._se_reduce.conv.{affine}",
             "backbone.blocks.{block}.se.conv_reduce.{affine}"},
    NameRule{"backbone_net.model._blocks.{block}._se_expand.conv.{affine}",
             "backbone.blocks.{block}.se.conv_expand.{affine}"},
};

// What the detectors that are built on efficientnet_pytorch call their backbone.
string_view backbone_prefix(Layout layout) {
  switch (layout) {
    case Layout::toandaominh: return "backbone.";
    case Layout::toandaominh_early: return "efficientnet.";
    case Layout::signatrix: return "backbone_net.model.";
    default: return "";
  }
}

// efficientnet_pytorch: its head (_conv_head, _bn1, _fc) has no counterpart in a detector.
constexpr std::array kLukemelasRules = {
    NameRule{"_conv_stem.weight", "backbone.conv_stem.weight"},
    NameRule{"_bn0.{norm}", "backbone.bn1.{norm}"},
    NameRule{"_blocks.{first}._depthwise_conv.weight", "backbone.blocks.{first}.conv_dw.weight"},
    NameRule{"_blocks.{first}._bn1.{norm}", "backbone.blocks.{first}.bn1.{norm}"},
    NameRule{"_blocks.{first}._project_conv.weight", "backbone.blocks.{first}.conv_pw.weight"},
    NameRule{"_blocks.{first}._bn2.{norm}", "backbone.blocks.{first}.bn2.{norm}"},
    NameRule{"_blocks.{later}._expand_conv.weight", "backbone.blocks.{later}.conv_pw.weight"},
    NameRule{"_blocks.{later}._bn0.{norm}", "backbone.blocks.{later}.bn1.{norm}"},
    NameRule{"_blocks.{later}._depthwise_conv.weight", "backbone.blocks.{later}.conv_dw.weight"},
    NameRule{"_blocks.{later}._bn1.{norm}", "backbone.blocks.{later}.bn2.{norm}"},
    NameRule{"_blocks.{later}._project_conv.weight", "backbone.blocks.{later}.conv_pwl.weight"},
    NameRule{"_blocks.{later}._bn2.{norm}", "backbone.blocks.{later}.bn3.{norm}"},
    NameRule{"_blocks.{block}._se_reduce.{affine}",
             "backbone.blocks.{block}.se.conv_reduce.{affine}"},
    NameRule{"_blocks.{block}._se_expand.{affine}",
             "backbone.blocks.{block}.se.conv_expand.{affine}"},
};

constexpr std::array kMmdetRules = {
    NameRule{"neck.bifpn.{cell}.{edges}", "fpn.cell.{cell}.fnode.{edges}.combine.edge_weights"},
    NameRule{"neck.bifpn.{cell}.{node}.depthwise_conv.weight",
             "fpn.cell.{cell}.fnode.{node}.after_combine.conv.conv_dw.weight"},
    NameRule{"neck.bifpn.{cell}.{node}.pointwise_conv.{affine}",
             "fpn.cell.{cell}.fnode.{node}.after_combine.conv.conv_pw.{affine}"},
    NameRule{"neck.bifpn.{cell}.{node}.bn.{norm}",
             "fpn.cell.{cell}.fnode.{node}.after_combine.conv.bn.{norm}"},
    NameRule{"neck.bifpn.0.{down}.down_conv.{affine}",
             "fpn.cell.0.fnode.{down}.conv.conv.{affine}"},
    NameRule{"neck.bifpn.0.{down}.bn.{norm}", "fpn.cell.0.fnode.{down}.conv.bn.{norm}"},
    NameRule{"neck.bifpn.0.p5_to_p6.0.down_conv.{affine}", "fpn.resample.3.conv.conv.{affine}"},
    NameRule{"neck.bifpn.0.p5_to_p6.0.bn.{norm}", "fpn.resample.3.conv.bn.{norm}"},
    NameRule{"bbox_head.{head}_conv_list.{repeat}.depthwise_conv.weight",
             "{head}.conv_rep.{repeat}.conv_dw.weight"},
    NameRule{"bbox_head.{head}_conv_list.{repeat}.pointwise_conv.{affine}",
             "{head}.conv_rep.{repeat}.conv_pw.{affine}"},
    NameRule{"bbox_head.{head}_bn_list.{repeat}.{level}.{norm}",
             "{head}.bn_rep.{repeat}.{level}.bn.{norm}"},
    NameRule{"bbox_head.{head}_header.depthwise_conv.weight", "{head}.predict.conv_dw.weight"},
    NameRule{"bbox_head.{head}_header.pointwise_conv.{affine}", "{head}.predict.conv_pw.{affine}"},
    NameRule{"backbone.layers.0.conv.weight", "backbone.conv_stem.weight"},
    NameRule{"backbone.layers.0.bn.{norm}", "backbone.bn1.{norm}"},
    NameRule{"backbone.layers.{first}.depthwise_conv.conv.weight",
             "backbone.blocks.{first}.conv_dw.weight"},
    NameRule{"backbone.layers.{first}.depthwise_conv.bn.{norm}",
             "backbone.blocks.{first}.bn1.{norm}"},
    NameRule{"backbone.layers.{first}.linear_conv.conv.weight",
             "backbone.blocks.{first}.conv_pw.weight"},
    NameRule{"backbone.layers.{first}.linear_conv.bn.{norm}", "backbone.blocks.{first}.bn2.{norm}"},
    NameRule{"backbone.layers.{later}.expand_conv.conv.weight",
             "backbone.blocks.{later}.conv_pw.weight"},
    NameRule{"backbone.layers.{later}.expand_conv.bn.{norm}", "backbone.blocks.{later}.bn1.{norm}"},
    NameRule{"backbone.layers.{later}.depthwise_conv.conv.weight",
             "backbone.blocks.{later}.conv_dw.weight"},
    NameRule{"backbone.layers.{later}.depthwise_conv.bn.{norm}",
             "backbone.blocks.{later}.bn2.{norm}"},
    NameRule{"backbone.layers.{later}.linear_conv.conv.weight",
             "backbone.blocks.{later}.conv_pwl.weight"},
    NameRule{"backbone.layers.{later}.linear_conv.bn.{norm}", "backbone.blocks.{later}.bn3.{norm}"},
    NameRule{"backbone.layers.{block}.se.conv1.conv.{affine}",
             "backbone.blocks.{block}.se.conv_reduce.{affine}"},
    NameRule{"backbone.layers.{block}.se.conv2.conv.{affine}",
             "backbone.blocks.{block}.se.conv_expand.{affine}"},
};

constexpr NameRule kLevelFirstRule = {"{head}.bn_rep.{level}.{repeat}.{norm}",
                                      "{head}.bn_rep.{repeat}.{level}.bn.{norm}"};
constexpr NameRule kRepeatFirstRule = {"{head}.bn_rep.{repeat}.{level}.bn.{norm}",
                                       "{head}.bn_rep.{level}.{repeat}.{norm}"};

// The fusion weights that zylo makes for every size and its summing ones (D6, D7, D7x) never read.
constexpr std::array kZyloNeverRead = {
    NeverReadRule{"bifpn.{cell}.p6_w1", 2}, NeverReadRule{"bifpn.{cell}.p5_w1", 2},
    NeverReadRule{"bifpn.{cell}.p4_w1", 2}, NeverReadRule{"bifpn.{cell}.p3_w1", 2},
    NeverReadRule{"bifpn.{cell}.p4_w2", 3}, NeverReadRule{"bifpn.{cell}.p5_w2", 3},
    NeverReadRule{"bifpn.{cell}.p6_w2", 3}, NeverReadRule{"bifpn.{cell}.p7_w2", 2},
};

// Nodes of a pyramid in effdet's order, and what names of the nodes' weights say of them.
struct PyramidNames {
  std::vector<std::string_view> nodes;
  // Node that a feature of the backbone enters first, then the one it enters again.
  Words first_entry, second_entry;  // level, "NODE.combine.resample.INPUT"
};
const PyramidNames& pyramid_names(bool to_level_8) {
  static const PyramidNames to_7 = {
      {"conv6_up", "conv5_up", "conv4_up", "conv3_up", "conv4_down", "conv5_down", "conv6_down",
       "conv7_down"},
      {{"p5", "1.combine.resample.2"},
       {"p4", "2.combine.resample.1"},
       {"p3", "3.combine.resample.0"}},
      {{"p4", "4.combine.resample.1"}, {"p5", "5.combine.resample.2"}}};
  static const PyramidNames to_8 = {
      {"conv7_up", "conv6_up", "conv5_up", "conv4_up", "conv3_up", "conv4_down", "conv5_down",
       "conv6_down", "conv7_down", "conv8_down"},
      {{"p5", "2.combine.resample.2"},
       {"p4", "3.combine.resample.1"},
       {"p3", "4.combine.resample.0"}},
      {{"p4", "5.combine.resample.1"}, {"p5", "6.combine.resample.2"}}};
  return to_level_8 ? to_8 : to_7;
}

Words same_words(std::initializer_list<std::string_view> words) {
  Words pairs;
  for (const string_view word : words) pairs.emplace_back(word, word);
  return pairs;
}

// "conv6_up" ↔ "0"; its fusion weights "p6_w1" ↔ "0".
void add_nodes(const PyramidNames& names, NameTable& table) {
  Words nodes, edges;
  for (std::size_t i = 0; i < names.nodes.size(); ++i) {
    const std::string node(names.nodes[i]);
    nodes.emplace_back(node, std::to_string(i));
    const std::string level = node.substr(4, 1);
    edges.emplace_back("p" + level + (node.ends_with("_up") ? "_w1" : "_w2"), std::to_string(i));
  }
  table.vocabularies.push_back({"node", std::move(nodes)});
  table.vocabularies.push_back({"edges", std::move(edges)});
}

void add_entries(const PyramidNames& names, string_view second_suffix, NameTable& table) {
  Words down;
  for (const auto& [level, ours] : names.first_entry)
    down.emplace_back(level + "_down_channel", ours);
  for (const auto& [level, ours] : names.second_entry)
    down.emplace_back(level + std::string(second_suffix), ours);
  table.vocabularies.push_back({"down", std::move(down)});
}

struct Block {
  int stage = 0;
  int index = 0;
  friend auto operator<=>(const Block&, const Block&) = default;
};

// "backbone.blocks.STAGE.INDEX." of every block, in order.
std::set<Block> blocks_of(std::span<const ParamSpec> ours) {
  std::set<Block> blocks;
  for (const ParamSpec& param : ours) {
    const std::vector<std::string> parts = split(param.name, '.');
    if (parts.size() < 4 || parts[0] != "backbone" || parts[1] != "blocks") continue;
    const auto stage = parse_integer(parts[2]);
    const auto index = parse_integer(parts[3]);
    if (stage && index) blocks.insert({static_cast<int>(*stage), static_cast<int>(*index)});
  }
  return blocks;
}

// mmdetection merges stages of one resolution: group by stage.
constexpr std::array<int, 7> kMmdetGroups = {1, 2, 3, 4, 4, 5, 5};

std::string mmdet_block(const Block& block, std::map<int, int>& blocks_in_group) {
  const int group = kMmdetGroups.at(static_cast<std::size_t>(block.stage));
  return std::to_string(group) + '.' + std::to_string(blocks_in_group[group]++);
}

void add_blocks(Layout layout, const std::set<Block>& blocks, NameTable& table) {
  Words first, later, all;
  std::map<int, int> blocks_in_group;
  for (const Block& block : blocks) {
    const std::string ours = std::to_string(block.stage) + '.' + std::to_string(block.index);
    const std::string theirs =
        layout == Layout::mmdet ? mmdet_block(block, blocks_in_group) : std::to_string(all.size());
    (block.stage == 0 ? first : later).emplace_back(theirs, ours);
    all.emplace_back(theirs, ours);
  }
  table.vocabularies.push_back({"first", std::move(first)});
  table.vocabularies.push_back({"later", std::move(later)});
  table.vocabularies.push_back({"block", std::move(all)});
}

bool has_name_with(std::span<const ParamSpec> ours, string_view part) {
  return std::ranges::any_of(
      ours, [&](const ParamSpec& param) { return param.name.find(part) != std::string::npos; });
}

// effdet's other order of head norms, where the network has not the one asked for anyway.
void add_head_order(Layout layout, std::span<const ParamSpec> ours, NameTable& table) {
  table.keeps_other_names = true;
  table.vocabularies.push_back({"head", same_words({"class_net", "box_net"})});
  const bool level_first = !has_name_with(ours, "class_net.bn_rep.0.0.bn.");
  if (layout == Layout::effdet_level_first && !level_first) table.rules = {kLevelFirstRule};
  if (layout == Layout::effdet_repeat_first && level_first) table.rules = {kRepeatFirstRule};
}

}  // namespace

NameTable name_table(Layout layout, std::span<const ParamSpec> ours) {
  NameTable table;
  table.vocabularies.push_back({"affine", same_words({"weight", "bias"})});
  table.vocabularies.push_back({"norm", same_words({"weight", "bias", "running_mean", "running_var",
                                                    "num_batches_tracked"})});
  const PyramidNames& names = pyramid_names(has_name_with(ours, "fpn.cell.0.fnode.9."));
  add_nodes(names, table);
  add_blocks(layout, blocks_of(ours), table);
  if (layout == Layout::zylo) {
    table.rules.assign(kZyloRules.begin(), kZyloRules.end());
    table.vocabularies.push_back({"head", {{"regressor", "box_net"}, {"classifier", "class_net"}}});
    add_entries(names, "_down_channel_2", table);
    if (!has_name_with(ours, ".edge_weights"))
      table.never_read.assign(kZyloNeverRead.begin(), kZyloNeverRead.end());
  } else if (layout == Layout::mmdet) {
    table.rules.assign(kMmdetRules.begin(), kMmdetRules.end());
    table.vocabularies.push_back({"head", {{"reg", "box_net"}, {"cls", "class_net"}}});
    add_entries(names, "_level_connection", table);
  } else if (is_of_backbone(layout)) {
    table.rules.assign(kLukemelasRules.begin(), kLukemelasRules.end());
    table.prefix = backbone_prefix(layout);
  } else {
    add_head_order(layout, ours, table);
  }
  return table;
}

}  // namespace effgate
