#include "harness/layout/network_index.h"

#include <gtest/gtest.h>

#include "harness/graph/catalogue.h"
#include "harness/graph/history.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

const NetworkIndex& index() { return NetworkIndex::instance(); }

TEST(NetworkIndex, holds_every_catalogue_name_once_under_its_own_schema) {
  std::size_t names = 0;
  for (const Network& network : index().all()) {
    names += network.names.size();
    for (const std::string& name : network.names)
      EXPECT_EQ(network.schema, state_dict_schema(*find_model(name))) << name;
  }
  EXPECT_EQ(names, model_names().size() + dated_models().size());
  EXPECT_EQ(index().find("tf_efficientdet_d9"), nullptr);
}

TEST(NetworkIndex, groups_models_of_one_schema_and_hides_what_differs_in_preprocessing_only) {
  const Network* d4 = index().find("efficientdet_d4");
  ASSERT_NE(d4, nullptr);
  EXPECT_TRUE(d4->has("tf_efficientdet_d4_ap"));
  EXPECT_EQ(d4->distinct_names(),
            (std::vector<std::string>{"tf_efficientdet_d4", "efficientdet_d4"}));
  EXPECT_EQ(index().find("tf_efficientdet_d0")->distinct_names().size(), 1U);
}

TEST(NetworkIndex, tells_networks_of_the_past_from_those_that_a_name_still_means) {
  EXPECT_TRUE(index().find("tf_efficientdet_lite0@2020-06")->is_of_the_past());
  EXPECT_FALSE(index().find("tf_efficientdet_lite0")->is_of_the_past());
  // Today's q1 has the keys and shapes of 2020.
  EXPECT_FALSE(index().find("efficientdet_q1@2020-12-04")->is_of_the_past());
}

TEST(NetworkIndex, ranks_first_what_the_tensors_are_of_and_counts_what_they_share) {
  std::vector<ParamSpec> tensors = index().find("tf_efficientdet_d3")->schema;
  EXPECT_DOUBLE_EQ(index().ranked(tensors)[0].agreement, 1);
  for (ParamSpec& tensor : tensors)
    if (tensor.name.starts_with("class_net.predict.")) tensor.shape = {1};
  const RankedNetwork best = index().ranked(tensors)[0];
  EXPECT_TRUE(best.network->has("tf_efficientdet_d3"));
  EXPECT_EQ(best.shared, tensors.size() - 3);  // conv_dw, and weight and bias of conv_pw
  EXPECT_DOUBLE_EQ(best.agreement,
                   static_cast<double>(tensors.size() - 3) / static_cast<double>(tensors.size()));
}

TEST(NetworkIndex, finds_nothing_in_common_with_a_foreign_file) {
  const std::vector<ParamSpec> foreign = {{"bert.embeddings.word_embeddings.weight", {30522, 768}}};
  EXPECT_EQ(index().ranked(foreign)[0].shared, 0U);
}

}  // namespace
}  // namespace effgate
