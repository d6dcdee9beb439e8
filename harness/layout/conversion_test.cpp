#include "harness/layout/conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "harness/base/half.h"
#include "harness/base/text.h"
#include "harness/checkpoint/torch_tensor.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Tensors in memory: each begins at a place of its own in one storage, so that what borrows it can
// be told from every other by its address.
class Weights {
 public:
  explicit Weights(const std::vector<ParamSpec>& schema) {
    for (const ParamSpec& param : schema) add(param);
  }

  void add(const ParamSpec& param) {
    TensorEntry& tensor = tensors.emplace_back();
    tensor.name = param.name;
    tensor.dtype = param.dtype;
    tensor.shape = param.shape;
    tensor.strides = row_major_strides(param.shape);
    EXPECT_TRUE(place_in_storage(tensor, storage(), 8 * tensors.size()).ok()) << param.name;
  }
  void rename(const std::string& prefix) {
    for (TensorEntry& tensor : tensors) tensor.name.insert(0, prefix);
  }
  TensorEntry& operator[](std::string_view name) {
    return *std::ranges::find(tensors, name, &TensorEntry::name);
  }

  ConversionSource source() const { return {tensors, {}, {}}; }

  std::vector<TensorEntry> tensors;

 private:
  // The bits are those of floats between 1 and 2 and of no pattern that repeats soon.
  static std::span<const std::byte> storage() {
    static const std::vector<float> values = [] {
      std::vector<float> made(std::size_t{8} << 20);
      std::uint32_t state = 1;
      for (float& value : made) {
        state = state * 1664525U + 1013904223U;
        value = std::bit_cast<float>(0x3F800000U | state >> 9);
      }
      return made;
    }();
    return std::as_bytes(std::span(values));
  }
};

std::vector<ParamSpec> schema_of(std::string_view model, std::int64_t classes = 90) {
  ModelOverrides overrides;
  overrides.num_classes = classes;
  return state_dict_schema(*find_model(model), overrides);
}

Result<Conversion> to_layout(const ConversionSource& source, Layout layout,
                             const std::string& model = "") {
  ConversionRequest request;
  request.layout = layout;
  request.model = model;
  return convert(source, request);
}

// The result as a source again.
std::vector<TensorEntry> as_entries(const Conversion& conversion) {
  std::vector<TensorEntry> entries;
  for (const TensorToSave& tensor : conversion.tensors) {
    entries.push_back({tensor.name, tensor.dtype, tensor.shape, row_major_strides(tensor.shape),
                       tensor.data, true, tensor.data.size()});
  }
  return entries;
}

// Name → where its bytes lie, which tells every tensor of a Weights from every other.
template <typename Tensor>
std::map<std::string, const std::byte*> addresses(const std::vector<Tensor>& tensors) {
  std::map<std::string, const std::byte*> found;
  for (const auto& tensor : tensors) found[tensor.name] = tensor.data.data();
  return found;
}

class BothWays : public testing::TestWithParam<Layout> {};

TEST_P(BothWays, give_every_model_its_own_tensors_back) {
  for (const std::string& model : covered_models(GetParam())) {
    const Weights ours(schema_of(model, 7));
    const auto theirs = to_layout(ours.source(), GetParam(), model);
    ASSERT_TRUE(theirs.ok()) << theirs.error().message;
    const std::vector<TensorEntry> entries = as_entries(*theirs);
    const auto back = to_layout({entries, {}, {}}, Layout::effdet, model);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(addresses(back->tensors), addresses(ours.tensors)) << model;
    EXPECT_EQ(back->lossless, GetParam() == Layout::mmdet ? std::nullopt : std::optional(true));
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, BothWays,
                         testing::Values(Layout::zylo, Layout::mmdet, Layout::effdet_level_first,
                                         Layout::effdet_repeat_first),
                         [](const auto& layout) {
                           std::string name(to_string(layout.param));
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Conversion, finds_the_network_by_its_tensors) {
  const Weights ours(schema_of("tf_efficientdet_d1"));
  const auto theirs = to_layout(ours.source(), Layout::zylo);
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  EXPECT_EQ(theirs->model, "tf_efficientdet_d1");
  EXPECT_EQ(theirs->from, Layout::effdet);
  EXPECT_EQ(theirs->renamed.size(), ours.tensors.size());
}

TEST(Conversion, takes_the_numbers_of_classes_and_anchors_from_the_heads) {
  ModelOverrides overrides;
  overrides.num_classes = 20;
  overrides.num_scales = 2;
  const Weights ours(state_dict_schema(*find_model("d0"), overrides));
  const auto theirs = to_layout(ours.source(), Layout::zylo);
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  const auto header = std::ranges::find(
      theirs->tensors, "classifier.header.pointwise_conv.conv.bias", &TensorToSave::name);
  ASSERT_NE(header, theirs->tensors.end());
  EXPECT_THAT(header->shape, ElementsAre(20 * 2 * 3));
}

TEST(Conversion, leaves_out_and_supplies_what_zylo_never_reads_in_d6) {
  const Weights ours(schema_of("tf_efficientdet_d6", 3));
  const auto theirs = to_layout(ours.source(), Layout::zylo, "tf_efficientdet_d6");
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  ASSERT_EQ(theirs->supplied.size(), 64U);
  const TensorToSave& last = theirs->tensors.back();
  std::vector<float> ones(last.data.size() / 4);
  std::memcpy(ones.data(), last.data.data(), last.data.size());
  EXPECT_THAT(ones, testing::Each(1.0F));

  std::vector<TensorEntry> entries = as_entries(*theirs);
  const auto back = to_layout({entries, {}, {}}, Layout::effdet, "tf_efficientdet_d6");
  EXPECT_EQ(back->never_read.size(), 64U);
  EXPECT_EQ(back->lossless, true);
}

TEST(Conversion, keeps_what_is_never_read_where_the_names_stay) {
  const Weights ours(schema_of("tf_efficientdet_d6", 3));
  const auto theirs = to_layout(ours.source(), Layout::zylo, "tf_efficientdet_d6");
  const std::vector<TensorEntry> entries = as_entries(*theirs);
  const auto same = to_layout({entries, {}, {}}, Layout::zylo, "tf_efficientdet_d6");
  EXPECT_EQ(addresses(same->tensors), addresses(entries));
  EXPECT_THAT(same->never_read, IsEmpty());
  EXPECT_THAT(same->supplied, IsEmpty());
}

TEST(Conversion, casts_floating_tensors_alone_and_says_what_changed) {
  Weights ours(schema_of("tf_efficientdet_lite0", 3));
  const float large = 1e5F, exact = 1.5F;
  TensorEntry& overflowing = ours["backbone.bn1.bias"];
  const std::vector<float> all_large(32, large), all_exact(32, exact);
  overflowing.data = std::as_bytes(std::span(all_large));
  ours["backbone.bn1.weight"].data = std::as_bytes(std::span(all_exact));
  ConversionRequest request;
  request.dtype = DType::float16;
  const auto half = convert(ours.source(), request);
  ASSERT_TRUE(half.ok()) << half.error().message;
  EXPECT_EQ(half->cast.size(), 588U);
  EXPECT_EQ(half->lossless, false);
  for (const CastTensor& cast : half->cast) {
    EXPECT_EQ(cast.overflows, cast.name == "backbone.bn1.bias") << cast.name;
    if (cast.name == "backbone.bn1.weight") {
      EXPECT_TRUE(cast.exact);
    }
  }
  for (const TensorToSave& tensor : half->tensors) {
    const bool counter = tensor.name.ends_with(".num_batches_tracked");
    EXPECT_EQ(tensor.dtype, counter ? DType::int64 : DType::float16) << tensor.name;
  }
}

TEST(Conversion, rounds_to_nearest_even) {
  Weights ours(schema_of("tf_efficientdet_lite0", 3));
  // Halfway between two bfloat16 neighbours each: to the even one, which is below and then above.
  const std::vector<std::uint32_t> halfway = {0x3F808000U, 0x3F818000U};
  std::vector<std::uint32_t> bits;
  for (int i = 0; i < 128; ++i) bits.insert(bits.end(), halfway.begin(), halfway.end());
  ours["backbone.bn1.bias"].data = std::as_bytes(std::span(bits));
  ConversionRequest request;
  request.dtype = DType::bfloat16;
  const auto brain = convert(ours.source(), request);
  const auto bias = std::ranges::find(brain->tensors, "backbone.bn1.bias", &TensorToSave::name);
  std::array<std::uint16_t, 2> stored;
  std::memcpy(stored.data(), bias->data.data(), sizeof(stored));
  EXPECT_THAT(stored, ElementsAre(0x3F80, 0x3F82));
}

TEST(Conversion, casts_to_nothing_that_models_do_not_compute_in) {
  const Weights ours(schema_of("tf_efficientdet_lite0", 3));
  ConversionRequest request;
  request.dtype = DType::int64;
  EXPECT_EQ(convert(ours.source(), request).error().kind, ErrorKind::usage);
  request.dtype = DType::float64;
  const auto wide = convert(ours.source(), request);
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(wide->lossless, true);
}

// As mmdetection's converter of TensorFlow weights writes it.
TEST(Conversion, narrows_the_fusion_weights_of_mmdet_and_supplies_its_counters) {
  const Weights ours(schema_of("tf_efficientdet_d0", 80));
  const auto theirs = to_layout(ours.source(), Layout::mmdet, "tf_efficientdet_d0");
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  std::vector<TensorEntry> entries = as_entries(*theirs);
  std::erase_if(entries, [](const auto& entry) { return entry.name.ends_with("_tracked"); });
  const std::vector<double> wide = {0.5, 1, 2};
  for (TensorEntry& entry : entries) {
    if (!entry.name.ends_with("_w1") && !entry.name.ends_with("_w2")) continue;
    entry.dtype = DType::float64;
    entry.bytes *= 2;
    entry.data = std::as_bytes(std::span(wide)).first(entry.bytes);
  }
  const auto back = to_layout({entries, {}, {}}, Layout::effdet);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->cast.size(), 24U);
  EXPECT_TRUE(std::ranges::all_of(back->cast, &CastTensor::exact));
  EXPECT_EQ(back->supplied.size(), 108U);
  EXPECT_EQ(back->tensors.size(), 784U);
  EXPECT_THAT(std::string(back->caveat), HasSubstr("x-first or in y-first"));
  EXPECT_EQ(back->lossless, std::nullopt);
}

TEST(Conversion, takes_off_wrappers_and_the_anchors_of_a_bench) {
  Weights ours(schema_of("tf_efficientdet_lite0"));
  ours.rename("module.model.");
  ours.add({"module.anchors.boxes", {19206, 4}, DType::float32});
  const auto bare = convert(ours.source(), {});
  ASSERT_TRUE(bare.ok()) << bare.error().message;
  EXPECT_THAT(bare->prefixes, ElementsAre("module.", "model."));
  EXPECT_THAT(bare->from_bench, ElementsAre("module.anchors.boxes"));
  EXPECT_EQ(bare->tensors.size(), 696U);
  EXPECT_EQ(bare->tensors.front().name, "backbone.conv_stem.weight");
}

TEST(Conversion, takes_wrappers_of_parts_out_of_names) {
  Weights ours(schema_of("tf_efficientdet_lite0"));
  const std::size_t stem = std::string("backbone.").size();
  for (TensorEntry& tensor : ours.tensors)
    if (tensor.name.starts_with("backbone.")) tensor.name.insert(stem, "_orig_mod.");
  const auto bare = convert(ours.source(), {});
  ASSERT_TRUE(bare.ok()) << bare.error().message;
  EXPECT_THAT(bare->inner, ElementsAre("_orig_mod."));
  EXPECT_THAT(bare->prefixes, IsEmpty());
  EXPECT_EQ(bare->tensors.size(), 696U);
  EXPECT_EQ(bare->tensors.front().name, "backbone.conv_stem.weight");
}

// Names of no network are kept, and so are versions, by their bare modules.
TEST(Conversion, takes_wrappers_of_parts_out_of_versions) {
  Weights ours({{"encoder.module.bn.weight", {3}}});
  const std::vector<std::pair<std::string, std::int64_t>> versions = {{"encoder.module.bn", 2}};
  ConversionSource source = ours.source();
  source.module_versions = versions;
  const auto bare = convert(source, {});
  ASSERT_TRUE(bare.ok()) << bare.error().message;
  EXPECT_EQ(bare->tensors.front().name, "encoder.bn.weight");
  EXPECT_THAT(*bare->options.module_versions, ElementsAre(std::pair("encoder.bn", 2)));
}

TEST(Conversion, makes_strided_tensors_contiguous) {
  Weights ours(schema_of("tf_efficientdet_lite0", 3));
  const std::vector<float> stored = {1, 2, 3};
  TensorEntry& bias = ours["box_net.predict.conv_pw.bias"];
  bias.shape = {36};
  bias.strides = {0};
  ASSERT_TRUE(place_in_storage(bias, std::as_bytes(std::span(stored)), 4).ok());
  const auto made = convert(ours.source(), {});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_THAT(made->compacted, ElementsAre("box_net.predict.conv_pw.bias"));
  const auto written =
      std::ranges::find(made->tensors, "box_net.predict.conv_pw.bias", &TensorToSave::name);
  std::array<float, 36> values;
  ASSERT_EQ(written->data.size(), sizeof(values));
  std::memcpy(values.data(), written->data.data(), sizeof(values));
  EXPECT_THAT(values, testing::Each(2.0F));
}

TEST(Conversion, refuses_to_lose_tensors_unless_they_are_named) {
  Weights ours(schema_of("tf_efficientdet_d0"));
  ours.add({"teacher.scale", {1}, DType::float32});
  ConversionRequest request;
  request.layout = Layout::zylo;
  request.command = "effgate convert a -o b";
  const auto refused = convert(ours.source(), request);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, HasSubstr("teacher.scale"));
  EXPECT_EQ(refused.error().next, "effgate convert a -o b --drop 'teacher.*'");
  request.drop = {"teacher.*"};
  const auto dropped = convert(ours.source(), request);
  ASSERT_TRUE(dropped.ok()) << dropped.error().message;
  EXPECT_THAT(dropped->dropped, ElementsAre("teacher.scale"));
  EXPECT_EQ(dropped->lossless, false);
  request.drop = {"taecher.*"};
  EXPECT_EQ(convert(ours.source(), request).error().kind, ErrorKind::usage);
}

// Where one family's rest would be lost, a pattern for all of it would take the backbone too.
TEST(Conversion, suggests_no_pattern_that_would_drop_what_can_stay) {
  const Weights ours(schema_of("tf_efficientdet_d0"));
  ConversionRequest request;
  request.layout = Layout::lukemelas;
  request.command = "effgate convert a -o b";
  EXPECT_EQ(convert(ours.source(), request).error().next,
            "effgate convert a -o b --drop 'fpn.*' --drop 'class_net.*' --drop 'box_net.*'");
  request.drop = {"fpn.*", "class_net.*", "box_net.*"};
  const auto backbone = convert(ours.source(), request);
  ASSERT_TRUE(backbone.ok()) << backbone.error().message;
  EXPECT_EQ(backbone->tensors.size(), 352U);
  EXPECT_THAT(backbone->missing, IsEmpty());
}

// Names that the three implementations give the same convolution.
TEST(Conversion, reads_the_backbones_of_implementations_that_build_another_network) {
  const Weights ours(schema_of("tf_efficientdet_d0"));
  ConversionRequest request;
  request.layout = Layout::lukemelas;
  request.drop = {"fpn.*", "class_net.*", "box_net.*"};
  const auto backbone = convert(ours.source(), request);
  const std::map<std::string, std::vector<std::string>> others = {
      {"backbone.",
       {"neck.lateral_convs.0.x", "neck.stack_bifpn_convs.0.w1", "bbox_head.retina_cls.x"}},
      {"efficientnet.", {"BIFPN.x", "regressionModel.x", "classificationModel.x"}},
      {"backbone_net.model.", {"bifpn.0.p6_w1", "regressor.layers.0.x", "conv3.x"}}};
  for (const auto& [prefix, rest] : others) {
    std::vector<TensorEntry> entries = as_entries(*backbone);
    for (TensorEntry& entry : entries) entry.name.insert(0, prefix);
    TensorEntry more = entries.front();
    ConversionRequest back;
    back.layout = Layout::effdet;
    for (const std::string& name : rest) {
      more.name = name;
      entries.push_back(more);
      back.drop.push_back(name);
    }
    const auto effdet = convert({entries, {}, {}}, back);
    ASSERT_TRUE(effdet.ok()) << prefix << effdet.error().message;
    EXPECT_EQ(effdet->tensors.size(), 352U);
    EXPECT_EQ(effdet->missing.size(), 784U - 352U);
    for (const auto& [name, address] : addresses(effdet->tensors))
      EXPECT_EQ(address, addresses(ours.tensors)[name]) << name;
  }
}

TEST(Conversion, says_what_is_in_the_way_of_a_layout) {
  Weights ours(schema_of("tf_efficientdet_d0"));
  EXPECT_THAT(to_layout(ours.source(), Layout::mmdet, "tf_efficientdet_d1").error().message,
              HasSubstr("it is no tf_efficientdet_d1 under effdet names"));
  ours.tensors.erase(ours.tensors.begin());
  EXPECT_THAT(to_layout(ours.source(), Layout::zylo).error().message,
              HasSubstr("the nearest is tf_efficientdet_d0, but it lacks 1 tensors "
                        "(backbone.conv_stem.weight)"));
  const Weights d6(schema_of("tf_efficientdet_d6", 3));
  EXPECT_THAT(to_layout(d6.source(), Layout::mmdet, "tf_efficientdet_d6").error().message,
              HasSubstr("the layout mmdet has no names for tf_efficientdet_d6: it covers "));
  std::erase_if(ours.tensors, [](const auto& entry) { return entry.name.starts_with("box_net."); });
  EXPECT_THAT(to_layout(ours.source(), Layout::zylo).error().message,
              HasSubstr("the nearest is effdet, but none begins with box_net."));
}

TEST(Conversion, keeps_names_that_nobody_knows_and_their_modules_versions) {
  Weights foreign({{"module.layer1.bn.running_mean", {4}, DType::float32}});
  const std::vector<std::pair<std::string, std::int64_t>> versions = {
      {"", 1}, {"module", 1}, {"module.layer1.bn", 1}};
  ConversionRequest request;
  request.dtype = DType::float64;
  const auto kept = convert({foreign.tensors, {}, versions}, request);
  ASSERT_TRUE(kept.ok()) << kept.error().message;
  EXPECT_EQ(kept->tensors[0].name, "layer1.bn.running_mean");
  EXPECT_EQ(kept->model, "");
  EXPECT_THAT(*kept->options.module_versions,
              ElementsAre(std::pair("", 1), std::pair("layer1.bn", 1)));
}

TEST(Conversion, writes_what_shares_a_storage_each_on_its_own_and_refuses_far_more_than_it_holds) {
  constexpr std::int64_t kElements = std::int64_t{1} << 20;  // 4 MiB; the limit is 512
  Weights ours({});
  for (int i = 0; i < 128; ++i) ours.add({"w" + std::to_string(i), {kElements}, DType::float32});
  const auto made = convert(ours.source(), {});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->tensors.size(), 128U);
  ours.add({"w128", {kElements}, DType::float32});
  const auto refused = convert(ours.source(), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
  EXPECT_THAT(refused.error().message, HasSubstr("share their storage"));
}

TEST(Conversion, refuses_views_that_repeat_their_elements_without_bound) {
  Weights ours({{"w", {1}, DType::float32}});
  ours.tensors[0].shape = {1 << 20, 1 << 20};
  ours.tensors[0].strides = {0, 0};
  ours.tensors[0].contiguous = false;
  ours.tensors[0].bytes = std::uint64_t{1} << 42;
  EXPECT_EQ(convert(ours.source(), {}).error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace effgate
