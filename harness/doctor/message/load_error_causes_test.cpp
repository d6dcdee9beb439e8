#include "harness/doctor/message/load_error_causes.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "harness/doctor/message/message_text.h"
#include "harness/doctor/python_error.h"

namespace effgate {
namespace {

// What Python says where a file of a model lacks the tensors whose names `lacks` picks.
std::string error_of_lacking(const std::string& model,
                             const std::function<bool(const std::string&)>& lacks) {
  const Network& network = *NetworkIndex::instance().find(model);
  StoredState state;
  for (const ParamSpec& tensor : network.schema)
    if (!lacks(tensor.name)) state.tensors.push_back(tensor);
  return python_load_error(compare_strictly(state, network.schema), "EfficientDet");
}

std::vector<std::string> codes_of(const std::string& text) {
  std::vector<std::string> codes;
  const auto error = parse_load_error(one_line(text));
  if (!error) return codes;
  for (const Cause& cause : diagnose_load_error(*error, NetworkIndex::instance(), {}).causes)
    codes.emplace_back(to_string(cause.code));
  return codes;
}

std::string in_data_parallel(std::string text) {
  for (const std::string part : {"\"backbone.", "\"fpn.", "\"class_net.", "\"box_net."})
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      text.insert(at + 1, "module.");
  return text;
}

bool all(const std::string& /*name*/) { return true; }

constexpr std::array kModels = {"tf_efficientdet_d1", "tf_efficientdet_lite1", "efficientdet_q0"};

TEST(LoadErrorCauses, says_of_a_file_without_one_part_that_tensors_are_missing) {
  for (const char* model : kModels)
    for (const char* part : {"backbone.", "backbone.blocks.", "fpn.", "class_net.", "box_net."})
      EXPECT_EQ(codes_of(error_of_lacking(
                    model, [&](const std::string& name) { return name.starts_with(part); })),
                std::vector<std::string>{"keys.missing"})
          << model << " without " << part;
}

TEST(LoadErrorCauses, takes_a_file_of_one_part_for_a_lone_backbone_only_where_it_is_the_backbone) {
  for (const char* model : kModels) {
    const auto codes_of_only = [&](const std::string& part) {
      return codes_of(error_of_lacking(
          model, [&](const std::string& name) { return !name.starts_with(part); }));
    };
    for (const char* part : {"fpn.", "class_net.", "box_net."})
      EXPECT_EQ(codes_of_only(part), std::vector<std::string>{"keys.missing"}) << model << part;
    EXPECT_EQ(codes_of_only("backbone."), std::vector<std::string>{"arch.backbone_only"}) << model;
    EXPECT_EQ(codes_of_only("nothing."), std::vector<std::string>{"file.no_state_dict"}) << model;
  }
}

TEST(LoadErrorCauses, is_sure_of_a_lone_backbone_only_where_the_heads_are_known_to_be_missing) {
  const std::string whole = error_of_lacking(
      "tf_efficientdet_d1", [](const std::string& name) { return !name.starts_with("backbone."); });
  const auto confidence_of = [](const std::string& text) {
    const Diagnosis diagnosis =
        diagnose_load_error(*parse_load_error(one_line(text)), NetworkIndex::instance(), {});
    const Cause* cause = diagnosis.find(CauseCode::arch_backbone_only);
    return cause == nullptr ? 0 : cause->confidence;
  };
  EXPECT_GT(confidence_of(whole), 0.9);
  EXPECT_GT(confidence_of(whole.substr(0, 3000)), 0.5);
  EXPECT_LT(confidence_of(whole.substr(0, 3000)), 0.9);
}

TEST(LoadErrorCauses, likely_misses_a_prefix_where_the_first_keys_of_a_wrapped_model_are_missing) {
  const std::string whole = in_data_parallel(error_of_lacking("tf_efficientdet_lite0", all));
  for (const std::size_t length : {400, 1500, 4000})
    EXPECT_EQ(codes_of(whole.substr(0, length)), std::vector<std::string>{"keys.prefix"}) << length;
  EXPECT_EQ(codes_of(in_data_parallel(error_of_lacking(
                "tf_efficientdet_lite0",
                [](const std::string& name) { return name.starts_with("box_net.predict."); }))),
            std::vector<std::string>{"keys.missing"});
}

TEST(LoadErrorCauses, takes_a_list_that_ends_inside_a_norm_for_one_that_was_cut) {
  const std::string start =
      "Missing key(s) in state_dict: \"module.backbone.conv_stem.weight\", "
      "\"module.backbone.bn1.weight\", \"module.backbone.bn1.bias\", "
      "\"module.backbone.bn1.running_mean\"";
  EXPECT_EQ(codes_of(start + ". "), std::vector<std::string>{"keys.prefix"});
  EXPECT_EQ(codes_of(start + ", \"module.backbone.bn1.running_var\". "),
            std::vector<std::string>{"keys.missing"});
}

TEST(LoadErrorCauses, says_of_the_first_keys_of_a_head_that_they_are_missing) {
  const std::string whole = error_of_lacking(
      "tf_efficientdet_d1", [](const std::string& name) { return name.starts_with("class_net."); });
  for (const std::size_t length : {700, 3000})
    EXPECT_EQ(codes_of(whole.substr(0, length)), std::vector<std::string>{"keys.missing"});
}

}  // namespace
}  // namespace effgate
