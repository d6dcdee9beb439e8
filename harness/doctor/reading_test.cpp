#include "harness/doctor/reading.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

const NetworkIndex& networks() { return NetworkIndex::instance(); }

StoredState state_of(const std::string& model) {
  StoredState state;
  state.tensors = state_dict_schema(*find_model(model));
  return state;
}

StoredState state_of(const ModelConfig& config) {
  StoredState state;
  state.tensors = state_dict_schema(config);
  return state;
}

TEST(Reading, reads_every_catalogue_schema_as_its_own_network) {
  for (const std::string& model : model_names()) {
    const Reading reading = read_detector(state_of(model), networks(), nullptr);
    ASSERT_NE(reading.network, nullptr) << model;
    EXPECT_TRUE(reading.network->has(model)) << model << " read as " << reading.network->names[0];
    EXPECT_TRUE(reading.altered.empty()) << model;
    EXPECT_TRUE(reading.remaining.loads()) << model;
  }
}

TEST(Reading, combines_alterations_where_no_other_network_fits) {
  ModelConfig config = *find_model("tf_efficientdet_lite1");
  config.redundant_bias = false;
  config.head_bn_level_first = true;
  const Network* target = networks().find("tf_efficientdet_lite1");
  const Reading reading = read_detector(state_of(config), networks(), target);
  EXPECT_EQ(reading.network, target);
  EXPECT_EQ(reading.altered,
            (std::vector{CauseCode::arch_redundant_bias, CauseCode::arch_head_layout}));
  EXPECT_TRUE(reading.remaining.loads());
}

TEST(Reading, takes_class_and_anchor_counts_from_the_predictors) {
  ModelConfig config = *find_model("tf_efficientdet_d3");
  config.num_classes = 20;
  config.num_scales = 2;
  const StoredState state = state_of(config);
  const KeyFacts facts = key_facts(state.tensors);
  EXPECT_EQ(facts.counts.classes, 20);
  EXPECT_EQ(facts.counts.anchors, 6);
  const Reading reading = read_detector(state, networks(), networks().find("tf_efficientdet_d0"));
  EXPECT_TRUE(reading.network->has("tf_efficientdet_d3"));
  EXPECT_TRUE(reading.remaining.loads());
}

TEST(Reading, reads_what_a_name_once_meant_as_that_network) {
  for (const DatedModel& dated : dated_models()) {
    const Network* today = networks().find(dated.model());
    const Reading reading = read_detector(state_of(std::string(dated.name)), networks(), today);
    ASSERT_NE(reading.network, nullptr) << dated.name;
    EXPECT_TRUE(reading.network->has(dated.name)) << dated.name;
    EXPECT_TRUE(reading.altered.empty()) << dated.name;
    EXPECT_TRUE(reading.remaining.loads()) << dated.name;
  }
}

TEST(Reading, believes_no_size_that_no_network_has) {
  const auto facts_of = [](std::int64_t channels, const std::string& cell) {
    return key_facts(std::vector<ParamSpec>{
        {"fpn.cell." + cell + ".fnode.0.after_combine.conv.conv_pw.weight", {channels, 64, 1, 1}}});
  };
  EXPECT_EQ(facts_of(4096, "63").channels, 4096);
  EXPECT_EQ(facts_of(4096, "63").cells, 64);
  EXPECT_EQ(facts_of(4097, "64").channels, std::nullopt);
  EXPECT_EQ(facts_of(4097, "64").cells, 0);
  EXPECT_EQ(facts_of(0, "0").channels, std::nullopt);
}

TEST(Reading, leaves_what_nothing_explains) {
  StoredState state = state_of("tf_efficientdet_d0");
  state.tensors.push_back({"total_ops", {1}, DType::float64});
  std::erase_if(state.tensors,
                [](const ParamSpec& t) { return t.name == "backbone.conv_stem.weight"; });
  const Reading reading = read_detector(state, networks(), networks().find("tf_efficientdet_d0"));
  EXPECT_EQ(reading.remaining.unexpected, std::vector<std::string>{"total_ops"});
  EXPECT_EQ(reading.remaining.missing, std::vector<std::string>{"backbone.conv_stem.weight"});
}

// All but the backbone, or one head, has every tensor of the file; a smaller network would lack
// less.
TEST(Reading, of_a_file_that_lacks_much_stays_with_a_target_that_has_the_rest) {
  const Network* target = networks().find("tf_efficientdet_d0");
  for (const char* part : {"fpn.", "class_net."}) {
    StoredState state = state_of("tf_efficientdet_d0");
    std::erase_if(state.tensors, [&](const ParamSpec& tensor) {
      return tensor.name.starts_with("backbone.") ||
             (part == std::string("class_net.") && !tensor.name.starts_with(part));
    });
    EXPECT_EQ(read_detector(state, networks(), target).network, target) << part;
  }
}

TEST(Reading, explains_the_whole_of_a_file_though_the_target_has_all_of_its_tensors) {
  const Network* target = networks().find("tf_efficientdet_d0");
  const StoredState state = state_of("efficientdet_d0");
  ASSERT_TRUE(compare_strictly(state, target->schema).unexpected.empty());
  const Reading reading = read_detector(state, networks(), target);
  EXPECT_TRUE(reading.remaining.loads());
}

}  // namespace
}  // namespace effgate
