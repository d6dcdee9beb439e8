#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/doctor/diagnose.h"
#include "harness/doctor/held_state.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Texts = std::vector<std::pair<std::string, std::string>>;

Diagnosis diagnosed(const HeldFile& file) {
  return diagnose_checkpoint(file.checkpoint(), NetworkIndex::instance(), kLite0);
}

// tf_efficientdet_lite0 has 696 tensors in Python.
TEST(WrappingRules, name_the_key_of_the_state_dict_and_what_else_there_is) {
  const HeldFile file(trained(), {"state_dict", "state_dict_ema"}, {{"arch", kLite0}});
  const Diagnosis diagnosis = diagnosed(file);
  ASSERT_THAT(codes(diagnosis), ElementsAre("keys.nested"));
  const Cause& cause = diagnosis.causes[0];
  EXPECT_EQ(cause.severity, ProblemSeverity::blocks);
  EXPECT_EQ(cause.summary, "The state dict lies under the key state_dict.");
  EXPECT_THAT(cause.evidence, ElementsAre("state_dict: 696 tensors",
                                          "state_dict_ema: 696 tensors, averaged weights"));
  EXPECT_EQ(cause.details, (Details{{"key", "state_dict"}}));
  EXPECT_EQ(cause.fix.kind, FixKind::unwrap);
  EXPECT_EQ(cause.fix.lossless, true);
  const std::string path = file.path().string();
  EXPECT_EQ(cause.fix.command, "effgate convert " + path + " -o " +
                                   path.substr(0, path.size() - 4) + "-converted.pth");
}

// load_state_dict is given the outer dictionary, which has none of the model's keys: it misses all
// but the 108 batch counters, which PyTorch supplies to what has no versions.
TEST(WrappingRules, say_that_python_refuses_the_dictionary_around_a_state_dict) {
  const Diagnosis nested = diagnosed(HeldFile(trained(), {"model"}, {{"arch", kLite0}}));
  EXPECT_EQ(nested.loads, false);
  EXPECT_EQ(nested.missing.size(), 696U - 108U);
  EXPECT_THAT(nested.unexpected, ElementsAre("model", "arch"));
  const Diagnosis plain = diagnosed(HeldFile(trained()));
  EXPECT_EQ(plain.loads, true);
  EXPECT_THAT(codes(plain), IsEmpty());
  EXPECT_THAT(plain.unexpected, IsEmpty());
}

TEST(WrappingRules, undo_keys_before_prefixes_and_both_before_what_they_hide) {
  ModelConfig config = *find_model(kLite0);
  config.num_classes = 20;
  HeldState held = trained(config);
  prefix_with(held, "module.");
  EXPECT_THAT(codes(diagnosed(HeldFile(held, {"state_dict"}, Texts{}))),
              ElementsAre("keys.nested", "keys.prefix", "arch.class_count"));
}

// `wrapper` put behind `part` in every name that has it.
HeldState wrapped(HeldState held, const std::string& part, const std::string& wrapper) {
  for (HeldTensor& tensor : held)
    if (tensor.spec.name.starts_with(part)) tensor.spec.name.insert(part.size(), wrapper);
  return held;
}

TEST(WrappingRules, find_wrappers_of_parts_and_what_they_hide) {
  ModelConfig config = *find_model(kLite0);
  config.num_classes = 20;
  HeldState held = wrapped(trained(config), "backbone.", "_orig_mod.");
  held = wrapped(held, "class_net.", "module.");
  const Diagnosis diagnosis = diagnosed(HeldFile(held));
  ASSERT_THAT(codes(diagnosis), ElementsAre("keys.prefix", "arch.class_count"));
  EXPECT_EQ(diagnosis.causes[0].details, (Details{{"prefix", "_orig_mod., module."}}));
  EXPECT_EQ(diagnosis.causes[0].fix.kind, FixKind::rename_keys);
  EXPECT_EQ(diagnosis.causes[0].fix.lossless, true);
  EXPECT_EQ(diagnosis.loads, false);

  prefix_with(held, "_fsdp_wrapped_module.");
  EXPECT_THAT(codes(diagnosed(HeldFile(held))),
              ElementsAre("keys.prefix", "keys.prefix", "arch.class_count"));
}

TEST(WrappingRules, take_no_word_inside_names_for_a_wrapper_that_is_none) {
  const HeldState held = wrapped(trained(), "class_net.", "my_module.");
  for (const std::string& code : codes(diagnosed(HeldFile(held)))) EXPECT_NE(code, "keys.prefix");
}

HeldState resnet() {
  HeldState held;
  add(held, {"conv1.weight", {64, 3, 7, 7}});
  add(held, {"bn1.weight", {64}});
  add(held, {"layer1.0.conv1.weight", {64, 64, 1, 1}});
  add(held, {"layer4.2.conv3.weight", {2048, 512, 1, 1}});
  add(held, {"fc.weight", {1000, 2048}});
  return held;
}

TEST(WrappingRules, see_a_foreign_network_behind_keys_and_known_wrappers) {
  HeldState held = resnet();
  EXPECT_THAT(codes(diagnosed(HeldFile(held))), ElementsAre("arch.foreign"));
  for (const char* key : {"state_dict", "model"})
    EXPECT_THAT(codes(diagnosed(HeldFile(held, {key}, Texts{}))),
                ElementsAre("keys.nested", "arch.foreign"))
        << key;
  prefix_with(held, "module.");
  EXPECT_THAT(codes(diagnosed(HeldFile(held))), ElementsAre("keys.prefix", "arch.foreign"));
}

}  // namespace
}  // namespace effgate
