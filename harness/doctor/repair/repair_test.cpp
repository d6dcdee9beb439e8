#include "harness/doctor/repair/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/base/files.h"
#include "harness/checkpoint/save.h"
#include "harness/checkpoint/values.h"
#include "harness/doctor/repair/repair_proof.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/layout/own_schema.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kLite0 = "tf_efficientdet_lite0";
constexpr std::string_view kClassBias = "class_net.predict.conv_pw.bias";
constexpr std::string_view kStem = "backbone.conv_stem.weight";

struct HeldState {
  std::vector<ParamSpec> specs;
  std::vector<std::vector<std::byte>> bytes;

  void add(const ParamSpec& spec, double value) {
    std::size_t elements = 1;
    for (const std::int64_t size : spec.shape) elements *= static_cast<std::size_t>(size);
    specs.push_back(spec);
    if (spec.dtype == DType::int64) {
      bytes.emplace_back(elements * sizeof(std::int64_t));
    } else {
      bytes.push_back(*to_bytes(std::vector<double>(elements, value), spec.dtype));
    }
  }
  // Every tensor is full of a number of its own, exact in half precision.
  explicit HeldState(const std::vector<ParamSpec>& schema) {
    for (const ParamSpec& spec : schema) add(spec, 0.25 + static_cast<double>(specs.size()) / 512);
  }
  explicit HeldState(const ModelConfig& model) : HeldState(state_dict_schema(model)) {}
  std::size_t place(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::find(specs, name, &ParamSpec::name) -
                                    specs.begin());
  }
  void fill(std::string_view name, double value, DType dtype = DType::float32) {
    const std::size_t at = place(name);
    const std::size_t elements = bytes[at].size() / size_of(specs[at].dtype);
    specs[at].dtype = dtype;
    bytes[at] = *to_bytes(std::vector<double>(elements, value), dtype);
  }
};

class RepairedFiles : public testing::Test {
 protected:
  Checkpoint stored(const HeldState& state, const std::string& name = "source.pth") const {
    std::vector<TensorToSave> tensors;
    for (std::size_t i = 0; i < state.specs.size(); ++i)
      tensors.push_back(
          {state.specs[i].name, state.specs[i].dtype, state.specs[i].shape, state.bytes[i]});
    const auto path = folder_.path() / name;
    EXPECT_TRUE(save_zip(path, tensors).ok());
    return *Checkpoint::open(path);
  }

  static Result<Repair> repaired(const Checkpoint& source, std::string_view model = kLite0,
                                 std::vector<Cause> causes = {}) {
    Diagnosis diagnosis;
    diagnosis.target = model;
    diagnosis.causes = std::move(causes);
    return repair(source, diagnosis, NetworkIndex::instance());
  }

  // The refusal's message; "" where there is none.
  static std::string refusal(const Checkpoint& source, std::string_view model = kLite0) {
    const Result<Repair> result = repaired(source, model);
    if (result.ok()) return "";
    EXPECT_EQ(result.error().kind, ErrorKind::refused);
    return result.error().message;
  }

  static Cause cause(CauseCode code, ProblemSeverity severity) {
    Cause one;
    one.code = code;
    one.severity = severity;
    one.summary = "It is so.";
    return one;
  }

  const TemporaryDirectory folder_ = *TemporaryDirectory::create();
  const ModelConfig lite0_ = *find_model(kLite0);
};

std::vector<CauseCode> undone(const Repair& repair) {
  std::vector<CauseCode> codes;
  for (const RepairStep& step : repair.steps) codes.push_back(step.cause);
  return codes;
}

TEST_F(RepairedFiles, keep_a_healthy_state_dict_as_it_is) {
  const Checkpoint source = stored(HeldState(lite0_));
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(repair->steps, IsEmpty());
  EXPECT_EQ(repair->tensors.size(), 696U);
  EXPECT_TRUE(repair->lossless());
}

TEST_F(RepairedFiles, get_biases_of_zero_where_no_other_network_lacks_them) {
  ModelConfig without = lite0_;
  without.redundant_bias = false;
  const Checkpoint source = stored(HeldState(without));
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::arch_redundant_bias));
  EXPECT_EQ(repair->steps[0].made.size(), 36U);
  for (const RepairedTensor& one : repair->tensors) {
    if (one.source != nullptr) continue;
    EXPECT_TRUE(std::ranges::all_of(one.tensor.data, [](std::byte b) { return b == std::byte{}; }));
  }
}

TEST_F(RepairedFiles, are_no_plain_network_with_biases_added_or_taken_away) {
  EXPECT_THAT(refusal(stored(HeldState(*find_model("efficientdet_d0"))), "tf_efficientdet_d0"),
              HasSubstr("efficientdet_d0"));
  EXPECT_THAT(refusal(stored(HeldState(*find_model("tf_efficientdet_d0"))), "efficientdet_d0"),
              HasSubstr("tf_efficientdet_d0"));
}

TEST_F(RepairedFiles, keep_every_value_of_parts_that_were_wrapped) {
  HeldState state(lite0_);
  for (ParamSpec& spec : state.specs) {
    if (spec.name.starts_with("box_net.")) spec.name.insert(8, "module.");
    spec.name.insert(0, "module.");
  }
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::keys_prefix));
  EXPECT_TRUE(repair->lossless());
  EXPECT_THAT(repair->steps[0].dropped, IsEmpty());
  ASSERT_EQ(repair->tensors.size(), state.specs.size());
  for (std::size_t i = 0; i < state.specs.size(); ++i)
    EXPECT_EQ(repair->tensors[i].source->name, state.specs[i].name);
}

TEST_F(RepairedFiles, lose_a_wrapped_tensor_that_is_there_without_the_wrapper_too) {
  HeldState state(lite0_);
  state.add({"box_net.module.conv_rep.0.conv_pw.weight", {64, 64, 1, 1}}, 1);
  EXPECT_THAT(undone(*repaired(stored(state))), ElementsAre(CauseCode::keys_unexpected));
}

TEST_F(RepairedFiles, lose_what_a_profiler_counted_in_every_module) {
  HeldState state(lite0_);
  const std::vector<ParamSpec> own = state.specs;
  for (const ParamSpec& spec : own) state.add({spec.name + ".total_ops", {1}, DType::float64}, 9);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::keys_unexpected));
  EXPECT_EQ(repair->steps[0].dropped.size(), own.size());
  EXPECT_EQ(repair->tensors.size(), own.size());
}

TEST_F(RepairedFiles, lose_what_no_network_reads_and_nothing_else) {
  HeldState state(lite0_);
  state.add({"aux_head.weight", {4, 4}}, 1);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::keys_unexpected));
  EXPECT_THAT(repair->steps[0].dropped, ElementsAre("aux_head.weight"));

  state.add({"fpn.cell.0.fnode.0.combine.edge_weights", {2}}, 1);
  EXPECT_THAT(refusal(stored(state)), HasSubstr("edge_weights"));
}

TEST_F(RepairedFiles, are_cast_where_no_value_changes) {
  HeldState state(lite0_);
  state.fill(kClassBias, -4.5, DType::float64);
  state.fill(kStem, 0.0999755859375, DType::float16);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::dtype_mismatch));
  EXPECT_TRUE(repair->lossless());

  state.fill(kClassBias, 0.1, DType::float64);
  EXPECT_THAT(refusal(stored(state)), HasSubstr(kClassBias));
}

TEST_F(RepairedFiles, get_a_fresh_predictor_for_another_number_of_classes) {
  ModelConfig twenty = lite0_;
  twenty.num_classes = 20;
  const Checkpoint source = stored(HeldState(twenty));
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::arch_class_count));
  EXPECT_FALSE(repair->lossless());
  EXPECT_THAT(repair->steps[0].made,
              ElementsAre("class_net.predict.conv_pw.weight", "class_net.predict.conv_pw.bias"));
}

TEST_F(RepairedFiles, get_both_predictors_for_another_number_of_anchors) {
  ModelConfig three = lite0_;
  three.num_scales = 1;
  const Checkpoint source = stored(HeldState(three));
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::arch_anchor_count));
  EXPECT_EQ(repair->steps[0].made.size(), 4U);
}

// The file of a model of another implementation, under its own names.
HeldState own_file(std::string_view model, std::int64_t classes = 90) {
  ModelOverrides overrides;
  overrides.num_classes = classes;
  return HeldState(own_schema(*find_model(model), overrides));
}

TEST_F(RepairedFiles, keep_the_names_of_their_own_implementation) {
  for (const char* model : {"zylo:tf_efficientdet_d0", "mmdet:tf_efficientdet_d0"}) {
    HeldState state = own_file(model);
    for (ParamSpec& spec : state.specs) spec.name.insert(0, "module.");
    const Checkpoint source = stored(state);
    const auto repair = repaired(source, model);
    ASSERT_TRUE(repair.ok()) << repair.error().message;
    EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::keys_prefix));
    EXPECT_TRUE(repair->lossless());
    ASSERT_EQ(repair->tensors.size(), state.specs.size());
    for (std::size_t i = 0; i < state.specs.size(); ++i) {
      EXPECT_EQ("module." + repair->tensors[i].tensor.name, state.specs[i].name);
      EXPECT_EQ(repair->tensors[i].source->name, state.specs[i].name);
    }
  }
}

TEST_F(RepairedFiles, say_what_they_made_by_the_names_of_their_own_implementation) {
  const Checkpoint source = stored(own_file("zylo:tf_efficientdet_d0", 3));
  const auto repair = repaired(source, "zylo:tf_efficientdet_d0");
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::arch_class_count));
  EXPECT_THAT(repair->steps[0].made, ElementsAre("classifier.header.pointwise_conv.conv.weight",
                                                 "classifier.header.pointwise_conv.conv.bias"));
}

// zylo's D6 keeps fusion weights that it never reads: 8 nodes in each of 8 cells.
TEST_F(RepairedFiles,
       keep_what_their_own_implementation_never_reads_and_get_it_where_they_lack_it) {
  constexpr std::string_view kZylo = "zylo:tf_efficientdet_d6";
  const Checkpoint own = stored(own_file(kZylo));
  const auto kept = repaired(own, kZylo);
  ASSERT_TRUE(kept.ok()) << kept.error().message;
  EXPECT_THAT(kept->steps, IsEmpty());
  EXPECT_TRUE(std::ranges::all_of(kept->tensors,
                                  [](const RepairedTensor& one) { return one.source != nullptr; }));

  const Checkpoint effdets = stored(HeldState(*find_model("tf_efficientdet_d6")));
  const auto renamed = repaired(effdets, kZylo);
  ASSERT_TRUE(renamed.ok()) << renamed.error().message;
  EXPECT_THAT(undone(*renamed), ElementsAre(CauseCode::arch_implementation));
  EXPECT_EQ(renamed->steps[0].made.size(), 64U);
}

TEST_F(RepairedFiles, are_not_taken_to_or_from_mmdetection_which_may_order_boxes_otherwise) {
  EXPECT_THAT(
      refusal(stored(HeldState(*find_model("tf_efficientdet_d0"))), "mmdet:tf_efficientdet_d0"),
      HasSubstr("x-first or in y-first"));
  EXPECT_THAT(refusal(stored(own_file("mmdet:tf_efficientdet_d0")), "tf_efficientdet_d0"),
              HasSubstr("x-first or in y-first"));
  EXPECT_NE(refusal(stored(HeldState(lite0_)), "zylo:tf_efficientdet_d0"), "");
}

TEST_F(RepairedFiles, fit_the_network_that_their_name_meant_at_a_date) {
  constexpr std::string_view kEarly = "tf_efficientdet_lite0@2020-06";
  HeldState state(*find_model(kEarly));
  for (ParamSpec& spec : state.specs) spec.name.insert(0, "model.");
  const Checkpoint source = stored(state);
  const auto repair = repaired(source, kEarly);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::keys_prefix));
  EXPECT_NE(refusal(source, kLite0), "");
}

// Heads whose norms are repeat first: of today's cspresdet50 but for that order, and of the one of
// release 0.2.1, which computes something else. That of cspresdext50 computes the same.
TEST_F(RepairedFiles, are_not_given_another_order_where_it_stood_for_another_network) {
  EXPECT_THAT(refusal(stored(HeldState(*find_model("cspresdet50@0.2.1"))), "cspresdet50"),
              HasSubstr("cspresdet50@0.2.1"));
  const Checkpoint source = stored(HeldState(*find_model("cspresdext50@0.2.1")));
  const auto repair = repaired(source, "cspresdext50");
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  EXPECT_THAT(undone(*repair), ElementsAre(CauseCode::arch_head_layout));
}

TEST_F(RepairedFiles, are_no_files_of_another_size) {
  EXPECT_NE(refusal(stored(HeldState(*find_model("tf_efficientdet_lite1")))), "");
}

TEST_F(RepairedFiles, do_not_come_about_against_the_diagnosis) {
  const Checkpoint source = stored(HeldState(lite0_));
  for (const CauseCode code : {CauseCode::arch_variant, CauseCode::arch_history,
                               CauseCode::arch_ambiguous, CauseCode::values_nonfinite}) {
    EXPECT_FALSE(repaired(source, kLite0, {cause(code, ProblemSeverity::changes)}).ok());
    EXPECT_TRUE(repaired(source, kLite0, {cause(code, ProblemSeverity::note)}).ok());
  }
}

TEST_F(RepairedFiles, stay_untrained_and_say_so) {
  const std::vector<Cause> untrained = {
      cause(CauseCode::values_untrained, ProblemSeverity::changes)};
  HeldState state(lite0_);
  EXPECT_FALSE(repaired(stored(state), kLite0, untrained).ok());
  state.add({"aux_head.weight", {4, 4}}, 1);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source, kLite0, untrained);
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  ASSERT_EQ(repair->remaining.size(), 1U);
  EXPECT_EQ(repair->remaining[0].code, CauseCode::values_untrained);
}

TEST_F(RepairedFiles, are_proved_only_where_every_value_is_the_sources) {
  HeldState state(lite0_);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok());
  const std::vector<ParamSpec> schema = state_dict_schema(lite0_);
  const auto proof = prove_repair(source, stored(state, "same.pth"), *repair, schema);
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  EXPECT_EQ(proof->same_bytes, 696U);
  EXPECT_EQ(proof->made, 0U);

  state.fill(kStem, 0.5);
  const auto changed = prove_repair(source, stored(state, "changed.pth"), *repair, schema);
  ASSERT_FALSE(changed.ok());
  EXPECT_THAT(changed.error().message, HasSubstr(kStem));
}

TEST_F(RepairedFiles, are_not_proved_with_a_tensor_of_another_dtype_or_without_one) {
  HeldState state(lite0_);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok());
  const std::vector<ParamSpec> schema = state_dict_schema(lite0_);
  HeldState shorter = state;
  shorter.specs.pop_back();
  EXPECT_FALSE(prove_repair(source, stored(shorter, "shorter.pth"), *repair, schema).ok());
  state.fill(kStem, 0.25, DType::float64);
  EXPECT_FALSE(prove_repair(source, stored(state, "wider.pth"), *repair, schema).ok());
}

TEST_F(RepairedFiles, are_not_proved_with_a_number_that_is_not_finite) {
  HeldState state(lite0_);
  state.fill(kStem, INFINITY);
  const Checkpoint source = stored(state);
  const auto repair = repaired(source);
  ASSERT_TRUE(repair.ok());
  const auto proof = prove_repair(source, source, *repair, state_dict_schema(lite0_));
  ASSERT_FALSE(proof.ok());
  EXPECT_THAT(proof.error().message, HasSubstr(kStem));
}

}  // namespace
}  // namespace effgate
