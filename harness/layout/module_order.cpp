#include "harness/layout/module_order.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "harness/base/text.h"

namespace effgate {
namespace {

using std::string_view;

// The words of a layout's names, each before those that follow it in a module. Parameters of a
// module come before its submodules.
constexpr string_view kZyloWords =
    "bifpn regressor classifier backbone_net "
    // a cell of the pyramid
    "p6_w1 p5_w1 p4_w1 p3_w1 p4_w2 p5_w2 p6_w2 p7_w2 "
    "conv6_up conv5_up conv4_up conv3_up conv4_down conv5_down conv6_down conv7_down "
    "conv7_up conv8_down "
    "p5_down_channel p4_down_channel p3_down_channel p5_to_p6 "
    "p4_down_channel_2 p5_down_channel_2 "
    // heads
    "conv_list bn_list header depthwise_conv pointwise_conv bn "
    // the backbone and its blocks
    "_conv_stem _expand_conv _bn0 _depthwise_conv _bn1 _se_reduce _se_expand _project_conv _bn2 "
    "_blocks";
constexpr string_view kMmdetWords =
    "backbone neck bbox_head "
    // a block of the backbone
    "expand_conv depthwise_conv se linear_conv "
    // a stage of the neck
    "p6_w1 p5_w1 p4_w1 p3_w1 p4_w2 p5_w2 p6_w2 p7_w2 "
    "p5_down_channel p4_down_channel p3_down_channel p5_to_p6 "
    "p4_level_connection p5_level_connection "
    "conv6_up conv5_up conv4_up conv3_up conv4_down conv5_down conv6_down conv7_down "
    // heads
    "reg_conv_list cls_conv_list reg_bn_list cls_bn_list cls_header reg_header "
    "pointwise_conv bn";

string_view words_of(Layout layout) {
  if (layout == Layout::zylo) return kZyloWords;
  if (layout == Layout::mmdet) return kMmdetWords;
  return {};
}

using Places = std::vector<long long>;

// One place for each part of a name: a number's is the number. Words that are in no list are where
// effdet has them.
Places places(string_view name, const std::vector<std::string>& words) {
  Places all;
  for (const std::string& part : split(name, '.')) {
    const auto number = parse_integer(part);
    const auto word = std::ranges::find(words, part);
    all.push_back(number ? *number : word == words.end() ? 0 : word - words.begin());
  }
  return all;
}

}  // namespace

std::vector<ParamSpec> in_module_order(Layout layout, std::vector<ParamSpec> tensors) {
  if (words_of(layout).empty()) return tensors;
  const std::vector<std::string> words = split(words_of(layout), ' ');
  std::vector<std::pair<Places, ParamSpec>> placed;
  for (ParamSpec& tensor : tensors) {
    Places at = places(tensor.name, words);
    placed.emplace_back(std::move(at), std::move(tensor));
  }
  std::ranges::stable_sort(placed, {}, &std::pair<Places, ParamSpec>::first);
  tensors.clear();
  for (auto& [at, tensor] : placed) tensors.push_back(std::move(tensor));
  return tensors;
}

}  // namespace effgate
