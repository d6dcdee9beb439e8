#include "harness/graph/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"

namespace effgate {
namespace {

using ::testing::HasSubstr;

// Entries of the state dicts that effdet's code of the day made, counted by running it.
TEST(History, gives_each_date_the_state_dict_of_its_day) {
  const std::pair<const char*, std::size_t> published[] = {
      {"tf_efficientdet_lite0@2020-06", 720},  {"tf_efficientdet_lite0@2020-06-14", 684},
      {"tf_efficientdet_lite1@2020-06", 882},  {"tf_efficientdet_lite2@2020-06", 954},
      {"tf_efficientdet_lite3@2020-06", 1136}, {"tf_efficientdet_lite4@2020-06", 1316},
      {"efficientdet_em@0.2.1", 842},          {"cspdarkdet53@0.2.1", 750},
  };
  for (const auto& [name, keys] : published) {
    const auto config = find_model(name);
    ASSERT_TRUE(config.ok()) << name;
    EXPECT_EQ(config->name, name);
    EXPECT_EQ(state_dict_schema(*config).size(), keys) << name;
  }
}

TEST(History, gives_d3_the_width_of_may_2020) {
  const std::vector<ParamSpec> schema = state_dict_schema(*find_model("efficientdet_d3@0.1.0"));
  const auto node = [&](const char* cell) {
    return std::ranges::find(
        schema, std::string("fpn.cell.") + cell + ".fnode.0.after_combine.conv.conv_pw.weight",
        &ParamSpec::name);
  };
  ASSERT_NE(node("4"), schema.end());
  EXPECT_EQ(node("4")->shape, (std::vector<std::int64_t>{112, 112, 1, 1}));
  EXPECT_EQ(node("5"), schema.end());
}

// The switch to level first swapped 150 names for 150 others: five entries of 15 norms in two
// heads.
TEST(History, swaps_the_names_of_head_norms_and_no_other) {
  for (const char* name : {"efficientdet_w0", "efficientdet_es", "cspresdet50", "cspresdext50",
                           "mixdet_m", "mixdet_l", "mobiledetv2_110d", "mobiledetv3_large"}) {
    std::set<std::string> today;
    for (const ParamSpec& param : state_dict_schema(*find_model(name))) today.insert(param.name);
    const std::vector<ParamSpec> then =
        state_dict_schema(*find_model(std::string(name) + "@0.2.1"));
    EXPECT_EQ(then.size(), today.size()) << name;
    EXPECT_EQ(std::ranges::count_if(
                  then, [&](const ParamSpec& param) { return !today.contains(param.name); }),
              150)
        << name;
  }
}

TEST(History, keeps_the_names_of_q1_and_computes_something_else) {
  const ModelConfig then = *find_model("efficientdet_q1@2020-12-04");
  const ModelConfig today = *find_model("efficientdet_q1");
  EXPECT_EQ(state_dict_schema(then), state_dict_schema(today));
  EXPECT_EQ(then.upsampling, Resampling::nearest);
  EXPECT_EQ(today.upsampling, Resampling::bilinear);
}

TEST(History, is_no_part_of_the_names_of_today) {
  for (const std::string& name : model_names()) EXPECT_EQ(name.find('@'), std::string::npos);
}

TEST(History, builds_every_entry_and_tells_it_from_the_network_of_today) {
  std::set<std::string_view> names;
  for (const DatedModel& dated : dated_models()) {
    EXPECT_TRUE(names.insert(dated.name).second) << dated.name;
    const auto then = find_model(dated.name);
    const auto today = find_model(dated.model());
    ASSERT_TRUE(then.ok() && today.ok()) << dated.name;
    EXPECT_TRUE(build_graph(*then).ok()) << dated.name;
    EXPECT_FALSE(dated.until.empty() || dated.changed.empty()) << dated.name;
    EXPECT_EQ(then->name, dated.name);
    EXPECT_NE(today->name, dated.name);
  }
}

TEST(History, is_asked_for_by_name_and_date) {
  EXPECT_EQ(*resolve_model_name("lite0@2020-06"), "tf_efficientdet_lite0@2020-06");
  const auto unknown = resolve_model_name("tf_efficientdet_lite0@2019");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean tf_efficientdet_lite0"));
  EXPECT_FALSE(find_model("tf_efficientdet_lite0@").ok());
  EXPECT_FALSE(find_model("zylo:d0@2020-06").ok());
}

}  // namespace
}  // namespace effgate
