#include "harness/layout/naming.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/hash.h"
#include "harness/base/text.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/layout/name_rules.h"

namespace effgate {
namespace {

std::vector<std::string> names_of(const std::vector<ParamSpec>& schema) {
  std::vector<std::string> names;
  for (const ParamSpec& param : schema) names.push_back(param.name);
  return names;
}

std::vector<std::string> targets(const Translation& translation) {
  std::vector<std::string> names;
  for (const RenamedTensor& renamed : translation.renamed) names.push_back(renamed.to);
  return names;
}

// The network's tensors under the layout's names, with those that it never reads.
std::vector<ParamSpec> schema_in(const ModelConfig& model, Layout layout) {
  const std::vector<ParamSpec> ours = state_dict_schema(model);
  std::map<std::string, ParamSpec> by_name;
  for (const ParamSpec& param : ours) by_name[param.name] = param;
  const auto translation = translate(names_of(ours), model, Layout::effdet, layout);
  EXPECT_TRUE(translation.ok() && translation->untranslated.empty()) << model.name;
  std::vector<ParamSpec> theirs;
  for (const auto& [from, to] : translation->renamed)
    theirs.push_back({to, by_name.at(from).shape, by_name.at(from).dtype});
  for (const SuppliedTensor& supplied : translation->supplied) theirs.push_back(supplied.param);
  return theirs;
}

// Which tensor is which: pairs that hold the same values in a file that zylo117's own code wrote
// and in one that effdet's wrote, both with the weights of one recipe. Their names, sorted, a line
// a pair; counters are left out, since all are equal.
TEST(Naming, pairs_zylos_tensors_with_effdets_as_files_of_both_do) {
  const ModelConfig model = *find_model("d0");
  const auto translation =
      translate(names_of(state_dict_schema(model)), model, Layout::effdet, Layout::zylo);
  std::vector<std::string> pairs;
  for (const auto& [effdet, zylo] : translation->renamed)
    if (!effdet.ends_with(".num_batches_tracked")) pairs.push_back(zylo + " " + effdet);
  std::ranges::sort(pairs);
  EXPECT_EQ(pairs.size(), 676U);
  EXPECT_EQ(sha256_hex(join(pairs, "\n")),
            "7bed9d0a4685bd5886f5bc69e053762339d4462f88bebbb345a927eeebe88cd3");
}

TEST(Naming, translates_every_covered_model_there_and_back_without_loss) {
  for (const Layout layout :
       {Layout::zylo, Layout::mmdet, Layout::effdet_level_first, Layout::effdet_repeat_first}) {
    for (const std::string& name : covered_models(layout)) {
      const ModelConfig model = *find_model(name);
      const std::vector<std::string> ours = names_of(state_dict_schema(model));
      const auto there = translate(ours, model, Layout::effdet, layout);
      const std::vector<std::string> theirs = targets(*there);
      EXPECT_EQ(std::set(theirs.begin(), theirs.end()).size(), ours.size()) << name;
      const auto back = translate(theirs, model, layout, Layout::effdet);
      EXPECT_EQ(targets(*back), ours) << name;
      EXPECT_TRUE(back->missing.empty() && back->untranslated.empty()) << name;
    }
  }
}

TEST(Naming, reads_every_rule_backwards_too) {
  for (const Layout layout : {Layout::zylo, Layout::mmdet, Layout::effdet_level_first}) {
    for (const std::string& name : covered_models(layout)) {
      const std::vector<ParamSpec> ours = state_dict_schema(*find_model(name));
      const NameTable table = name_table(layout, ours);
      for (const ParamSpec& param : ours) {
        const auto theirs = rewritten(table, param.name, Direction::to_theirs);
        ASSERT_TRUE(theirs) << param.name;
        EXPECT_EQ(rewritten(table, *theirs, Direction::to_ours), param.name);
      }
    }
  }
}

TEST(Naming, drops_zylos_unread_fusion_weights_by_name_and_supplies_ones) {
  const ModelConfig model = *find_model("d6");
  const auto theirs = names_of(schema_in(model, Layout::zylo));
  const auto to_ours = translate(theirs, model, Layout::zylo, Layout::effdet);
  EXPECT_EQ(to_ours->never_read.size(), 64U);
  EXPECT_TRUE(to_ours->untranslated.empty());
  const auto to_theirs =
      translate(names_of(state_dict_schema(model)), model, Layout::effdet, Layout::zylo);
  std::int64_t elements = 0;
  for (const SuppliedTensor& supplied : to_theirs->supplied) {
    EXPECT_EQ(supplied.value, 1);
    elements += supplied.param.shape.at(0);
  }
  EXPECT_EQ(elements, 152);
}

// Names read in mmdetection's projects/EfficientDet.
TEST(Naming, merges_stages_of_one_resolution_for_mmdet) {
  const ModelConfig model = *find_model("d0");
  const std::vector<std::string> ours = names_of(state_dict_schema(model));
  const auto translation = translate(ours, model, Layout::effdet, Layout::mmdet);
  const std::map<std::string, std::string> expected = {
      {"backbone.blocks.0.0.conv_pw.weight", "backbone.layers.1.0.linear_conv.conv.weight"},
      {"backbone.blocks.4.0.conv_pw.weight", "backbone.layers.4.3.expand_conv.conv.weight"},
      {"backbone.blocks.6.0.se.conv_expand.bias", "backbone.layers.5.4.se.conv2.conv.bias"},
      {"fpn.cell.0.fnode.4.combine.resample.1.conv.bn.bias",
       "neck.bifpn.0.p4_level_connection.bn.bias"},
      {"fpn.cell.2.fnode.7.combine.edge_weights", "neck.bifpn.2.p7_w2"},
      {"class_net.bn_rep.2.4.bn.weight", "bbox_head.cls_bn_list.2.4.weight"},
      {"box_net.predict.conv_pw.bias", "bbox_head.reg_header.pointwise_conv.bias"}};
  for (const auto& [from, to] : expected)
    EXPECT_EQ(std::ranges::count(translation->renamed, RenamedTensor{from, to}), 1) << from;
}

TEST(Naming, supplies_the_counters_that_mmdets_converter_leaves_out) {
  const ModelConfig model = *find_model("d0");
  auto theirs = names_of(schema_in(model, Layout::mmdet));
  std::erase_if(theirs, [](const auto& name) { return name.ends_with("num_batches_tracked"); });
  const auto translation = translate(theirs, model, Layout::mmdet, Layout::effdet);
  EXPECT_EQ(translation->supplied.size(), 108U);
  EXPECT_TRUE(translation->missing.empty());
}

TEST(Naming, lists_what_lukemelas_classifier_has_and_a_detector_lacks) {
  const std::vector<std::string> names = {"_conv_stem.weight", "_blocks.1._bn0.weight",
                                          "_conv_head.weight", "_fc.bias"};
  const auto translation = translate(names, *find_model("d0"), Layout::lukemelas, Layout::effdet);
  EXPECT_EQ(
      translation->renamed,
      (std::vector<RenamedTensor>{{"_conv_stem.weight", "backbone.conv_stem.weight"},
                                  {"_blocks.1._bn0.weight", "backbone.blocks.1.0.bn1.weight"}}));
  EXPECT_EQ(translation->untranslated, (std::vector<std::string>{"_conv_head.weight", "_fc.bias"}));
}

TEST(Naming, refuses_networks_that_a_layout_does_not_have) {
  EXPECT_FALSE(translate({}, *find_model("lite0"), Layout::effdet, Layout::zylo).ok());
  EXPECT_FALSE(translate({}, *find_model("d6"), Layout::effdet, Layout::mmdet).ok());
  EXPECT_FALSE(translate({}, *find_model("d1"), Layout::signatrix, Layout::effdet).ok());
  EXPECT_TRUE(translate({}, *find_model("d0"), Layout::signatrix, Layout::effdet).ok());
  EXPECT_TRUE(translate({}, *find_model("d5"), Layout::effdet, Layout::mmdet).ok());
}

TEST(Naming, recognises_implementations_by_the_parts_of_their_names) {
  const auto layout_of = [](std::vector<std::string> names) { return recognise(names).layout; };
  EXPECT_EQ(layout_of({"backbone.x", "fpn.x", "class_net.x", "box_net.x"}), Layout::effdet);
  EXPECT_EQ(layout_of({"backbone_net.x", "bifpn.x", "regressor.x", "classifier.x"}), Layout::zylo);
  EXPECT_EQ(layout_of({"backbone.layers.0.x", "neck.bifpn.x", "bbox_head.x"}), Layout::mmdet);
  EXPECT_EQ(layout_of({"_conv_stem.x", "_bn0.x", "_blocks.0.x", "_blocks.1.x"}), Layout::lukemelas);
  EXPECT_EQ(layout_of({"conv3.x", "bifpn.0.x", "regressor.layers.0.x", "backbone_net.model.x"}),
            Layout::signatrix);
  EXPECT_EQ(recognise(std::vector<std::string>{"efficientnet.x", "BIFPN.x", "regressionModel.x",
                                               "classificationModel.x"})
                .detail,
            "generation 1 or 2, before 2019-12-16");
  EXPECT_EQ(layout_of({"layer1.0.conv1.weight", "fc.weight"}), Layout::unknown);
}

}  // namespace
}  // namespace effgate
