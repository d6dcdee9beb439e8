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

}  // namespace
}  // namespace effgate
