#include "harness/graph/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "harness/base/hash.h"
#include "harness/base/text.h"

namespace effgate {
namespace {

using ::testing::HasSubstr;

// Of the state dicts of effdet 0.4.1 with timm 0.9.16: entries, batch norms, elements of their
// running statistics, and the first 16 hex digits of the SHA-256 of the canonical keys, and of the
// same lines in the order of the Python modules.
struct PublishedSchema {
  std::string name;
  std::size_t keys;
  std::size_t batch_norms;
  std::int64_t statistics;
  std::string digest;
  std::string ordered_digest;

  friend void PrintTo(const PublishedSchema& schema, std::ostream* out) { *out << schema.name; }
};
const PublishedSchema kPublished[] = {
    {"tf_efficientdet_d0", 784, 108, 47136, "76cab55458bfacc3", "93176d033bf8374e"},
    {"tf_efficientdet_d1", 1004, 136, 71456, "03e6cb2da48ec275", "860516d5cd11b5e5"},
    {"tf_efficientdet_d2", 1076, 144, 81776, "6afc46bd682f55f2", "9f52f714db945c70"},
    {"tf_efficientdet_d3", 1270, 171, 114304, "5891f02b359b7cfa", "ab28c576abe5379e"},
    {"tf_efficientdet_d4", 1474, 197, 167312, "116e46947a83754d", "027a6f2c7f9f286e"},
    {"tf_efficientdet_d5", 1622, 217, 227392, "53777adf8f4f9629", "cf69c5cddc48c168"},
    {"tf_efficientdet_d6", 1818, 253, 311984, "5e7387ff7d2278b4", "d8c96e473c9c9f6d"},
    {"tf_efficientdet_d7", 1818, 253, 311984, "5e7387ff7d2278b4", "d8c96e473c9c9f6d"},
    {"tf_efficientdet_d7x", 2210, 308, 417728, "6b74708e5207c7e7", "b05efff495fd6a5d"},
    {"tf_efficientdet_d0_ap", 784, 108, 47136, "76cab55458bfacc3", "93176d033bf8374e"},
    {"tf_efficientdet_d1_ap", 1004, 136, 71456, "03e6cb2da48ec275", "860516d5cd11b5e5"},
    {"tf_efficientdet_d2_ap", 1076, 144, 81776, "6afc46bd682f55f2", "9f52f714db945c70"},
    {"tf_efficientdet_d3_ap", 1270, 171, 114304, "5891f02b359b7cfa", "ab28c576abe5379e"},
    {"tf_efficientdet_d4_ap", 1474, 197, 167312, "116e46947a83754d", "027a6f2c7f9f286e"},
    {"tf_efficientdet_d5_ap", 1622, 217, 227392, "53777adf8f4f9629", "cf69c5cddc48c168"},
    {"tf_efficientdet_lite0", 696, 108, 47136, "76df58adcc5e086b", "635ede62afad2f18"},
    {"tf_efficientdet_lite1", 850, 131, 63072, "252b477202a48721", "23d60be89186981a"},
    {"tf_efficientdet_lite2", 914, 139, 72560, "95a74f31c5913880", "7620e2a8a7d296ec"},
    {"tf_efficientdet_lite3", 1088, 166, 104192, "68e0eae17b3cc5e2", "31e4ed2c4859750e"},
    {"tf_efficientdet_lite3x", 1088, 166, 111712, "85b95a9241dd17b0", "20e985a65c8ba204"},
    {"tf_efficientdet_lite4", 1260, 192, 155504, "75679c90726b1f5f", "dd5ade318d18079e"},
    {"efficientdet_d0", 748, 108, 47136, "4c0f84f795fa9720", "c0067a6f4ac83134"},
    {"efficientdet_d1", 960, 136, 71456, "a239cab9f6c2ad4e", "476663c704918875"},
    {"efficientdet_d2", 1024, 144, 81776, "c5b707a65850d10c", "53edd30d51fc7162"},
    {"efficientdet_d3", 1208, 171, 114304, "40a50f94baa5c91a", "f52ce2a6cbeb827c"},
    {"efficientdet_d4", 1474, 197, 167312, "116e46947a83754d", "027a6f2c7f9f286e"},
    {"efficientdet_d5", 1622, 217, 227392, "53777adf8f4f9629", "cf69c5cddc48c168"},
    {"efficientdet_q0", 1096, 153, 52896, "12cb5905858434ac", "27c2346090c9606d"},
    {"efficientdet_q1", 1244, 173, 77968, "e47863e0049b3a41", "10523f025d681a13"},
    {"efficientdet_q2", 1412, 194, 92976, "d7c2ddb0de53fdf2", "345ddfe4d06fe807"},
    {"efficientdet_w0", 748, 108, 49056, "d8ab3575b8de5076", "2776b3cca427ace0"},
    {"efficientdet_es", 652, 108, 57520, "a7f42e091712c4e8", "b096bb4fcd33584b"},
    {"efficientdet_em", 798, 131, 78304, "d417fb4797ae0789", "bb88aa790a2b218d"},
    {"efficientdet_lite0", 684, 108, 47136, "2290c5dc1ec65eb1", "4a9c3c9cac2a8959"},
    {"efficientdetv2_dt", 1264, 180, 135920, "9c58240c90baf4cb", "8b6b2fb729f820e8"},
    {"efficientdetv2_ds", 1492, 213, 209488, "66644bf6b065be43", "32e85d7e4131fde8"},
    {"resdet50", 738, 121, 65088, "4f8965d29b0b157a", "c8a9477fb8d52108"},
    {"cspresdet50", 750, 123, 52288, "cf810f98786cf2a3", "933cd8ca8f679989"},
    {"cspresdext50", 750, 123, 69440, "5871a613c95d0f5d", "7e863c614d129cd5"},
    {"cspresdext50pan", 724, 119, 68736, "1c81d443a68911b1", "90df543a6da4f0b8"},
    {"cspdarkdet53", 822, 135, 47296, "3e3f9afc0b0a8b53", "2241fb01da640dde"},
    {"cspdarkdet53m", 1222, 193, 59520, "0a0232567b874844", "69477fa9a9586db0"},
    {"mixdet_m", 867, 117, 46320, "a63c20535813813a", "c980c6c4d7372a49"},
    {"mixdet_l", 931, 125, 63168, "27a8521ba449d500", "8a394ce6181f9e6b"},
    {"mobiledetv2_110d", 792, 126, 50688, "a20a106fd2e75a1d", "418de9a2e9179f18"},
    {"mobiledetv2_120d", 864, 138, 67936, "188b7bacf8c4e1fe", "d6c42f6751e9df6e"},
    {"mobiledetv3_large", 704, 106, 32080, "89b3a071439affc9", "65ade0eb5ab78428"},
};

ModelConfig model(std::string_view name) {
  auto config = find_model(name);
  EXPECT_TRUE(config.ok()) << name;
  return config.ok() ? *config : ModelConfig{};
}

std::string digest(const std::string& keys) { return sha256_hex(keys).substr(0, 16); }

// The canonical lines, each made alone, so that their order stays.
std::string keys_in_order(const std::vector<ParamSpec>& schema) {
  std::vector<std::string> lines;
  for (const ParamSpec& param : schema) lines.push_back(canonical_keys({param}));
  return join(lines, "\n");
}

TEST(Catalogue, lists_the_published_models_and_no_other) {
  std::vector<std::string> published;
  for (const PublishedSchema& schema : kPublished) published.push_back(schema.name);
  EXPECT_EQ(model_names(), published);
}

class PublishedSchemas : public ::testing::TestWithParam<PublishedSchema> {};

TEST_P(PublishedSchemas, are_reproduced) {
  const PublishedSchema& published = GetParam();
  const std::vector<ParamSpec> schema = state_dict_schema(model(published.name));
  EXPECT_EQ(schema.size(), published.keys);
  EXPECT_EQ(digest(canonical_keys(schema)), published.digest);
  EXPECT_EQ(digest(keys_in_order(schema)), published.ordered_digest);
  std::size_t batch_norms = 0;
  std::int64_t statistics = 0;
  for (const ParamSpec& param : schema) {
    if (!param.name.ends_with(".running_mean")) continue;
    ++batch_norms;
    statistics += 2 * param.shape.at(0);  // mean and variance
  }
  EXPECT_EQ(batch_norms, published.batch_norms);
  EXPECT_EQ(statistics, published.statistics);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, PublishedSchemas, ::testing::ValuesIn(kPublished),
                         [](const auto& test) { return test.param.name; });

TEST(Catalogue, knows_the_trained_parameters_of_a_model) {
  // Published counts; running statistics and counters are buffers.
  const std::pair<const char*, std::int64_t> counts[] = {
      {"tf_efficientdet_d0", 3880067},     {"tf_efficientdet_d7x", 77147166},
      {"tf_efficientdet_lite4", 15130894}, {"efficientdet_d3", 12022376},
      {"efficientdet_q1", 6976294},        {"efficientdetv2_ds", 26580635},
      {"cspdarkdet53m", 35600174},         {"mixdet_l", 5899750}};
  for (const auto& [name, count] : counts) {
    std::int64_t elements = 0;
    for (const ParamSpec& param : state_dict_schema(model(name))) {
      if (param.name.find("running_") != std::string::npos || param.dtype == DType::int64) continue;
      std::int64_t product = 1;
      for (const std::int64_t dim : param.shape) product *= dim;
      elements += product;
    }
    EXPECT_EQ(elements, count) << name;
  }
}

TEST(Catalogue, gives_the_full_name_for_a_short_one) {
  const std::pair<const char*, const char*> names[] = {
      {"d0", "tf_efficientdet_d0"},           {"d7x", "tf_efficientdet_d7x"},
      {"lite3x", "tf_efficientdet_lite3x"},   {"d5_ap", "tf_efficientdet_d5_ap"},
      {"efficientdet_d4", "efficientdet_d4"}, {"tf_efficientdet_d4", "tf_efficientdet_d4"},
  };
  for (const auto& [typed, full] : names) {
    const auto resolved = resolve_model_name(typed);
    ASSERT_TRUE(resolved.ok()) << typed;
    EXPECT_EQ(*resolved, full);
    EXPECT_EQ(model(typed).name, full);
  }
}

TEST(Catalogue, names_the_nearest_model_for_an_unknown_one) {
  const auto resolved = resolve_model_name("tf_eficientdet_d3");
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().kind, ErrorKind::usage);
  EXPECT_THAT(resolved.error().message, HasSubstr("unknown model \"tf_eficientdet_d3\""));
  EXPECT_THAT(resolved.error().message, HasSubstr("did you mean tf_efficientdet_d3"));
  EXPECT_THAT(find_model("d9").error().message, HasSubstr("d0"));
}

TEST(Catalogue, refuses_an_empty_name_and_the_bare_prefix) {
  EXPECT_FALSE(resolve_model_name("").ok());
  EXPECT_FALSE(resolve_model_name("tf_efficientdet_").ok());
}

TEST(Catalogue, tells_d7_from_d6_by_size_and_anchors) {
  EXPECT_EQ(model("d6").anchor_scale, 4.0);
  EXPECT_EQ(model("d7").anchor_scale, 5.0);
  EXPECT_EQ(model("d6").height, 1280);
  EXPECT_EQ(model("d7").height, 1536);
}

TEST(Catalogue, tells_the_plain_d4_from_the_ported_one_by_its_backbone) {
  const ModelConfig plain = model("efficientdet_d4");
  const ModelConfig ported = model("tf_efficientdet_d4");
  EXPECT_EQ(plain.backbone.padding, PaddingStyle::symmetric);
  EXPECT_EQ(plain.backbone.batch_norm_eps, 1e-5);
  EXPECT_EQ(plain.padding, PaddingStyle::same);
  EXPECT_EQ(ported.backbone.padding, PaddingStyle::same);
  EXPECT_EQ(ported.backbone.batch_norm_eps, 1e-3);
}

TEST(Catalogue, gives_each_group_its_own_preprocessing) {
  EXPECT_EQ(model("d0").preprocessing.fill, (std::array<int, 3>{124, 116, 104}));
  EXPECT_EQ(model("d0_ap").preprocessing.fill, (std::array<int, 3>{0, 0, 0}));
  EXPECT_EQ(model("d0_ap").preprocessing.mean, (std::array<double, 3>{0.5, 0.5, 0.5}));
  EXPECT_EQ(model("lite0").preprocessing.fill, (std::array<int, 3>{128, 128, 128}));
  EXPECT_EQ(model("efficientdet_lite0").preprocessing.std[0], 0.229);
  EXPECT_EQ(model("cspresdext50pan").preprocessing.fill, (std::array<int, 3>{124, 116, 104}));
}

TEST(Catalogue, keeps_the_python_module_order) {
  const std::vector<ParamSpec> schema = state_dict_schema(model("d0"));
  const auto at = [&](std::string_view name) {
    const auto found = std::ranges::find(schema, name, &ParamSpec::name);
    EXPECT_NE(found, schema.end()) << name;
    return found - schema.begin();
  };
  EXPECT_EQ(at("backbone.conv_stem.weight"), 0);
  EXPECT_EQ(at("backbone.bn1.num_batches_tracked"), 5);
  EXPECT_EQ(at("backbone.blocks.0.0.conv_dw.weight"), 6);
  EXPECT_EQ(at("backbone.blocks.0.0.se.conv_reduce.weight"), 12);
  EXPECT_LT(at("fpn.cell.0.fnode.1.combine.edge_weights"),
            at("fpn.cell.0.fnode.1.combine.resample.2.conv.conv.weight"));
  EXPECT_LT(at("class_net.conv_rep.2.conv_pw.bias"), at("class_net.bn_rep.0.0.bn.weight"));
  EXPECT_LT(at("class_net.bn_rep.2.4.bn.weight"), at("class_net.predict.conv_dw.weight"));
  EXPECT_EQ(at("box_net.predict.conv_pw.bias"), static_cast<std::ptrdiff_t>(schema.size()) - 1);
}

TEST(Catalogue, orders_head_batch_norms_level_first_where_the_model_does) {
  const std::string keys = canonical_keys(state_dict_schema(model("efficientdet_lite0")));
  EXPECT_THAT(keys, HasSubstr("class_net.bn_rep.4.2.weight|64|float32"));
  EXPECT_THAT(keys, ::testing::Not(HasSubstr("bn_rep.2.4")));
}

}  // namespace
}  // namespace effgate
