#include "harness/doctor/diagnose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "harness/doctor/held_state.h"
#include "harness/doctor/target.h"
#include "harness/graph/catalogue.h"
#include "harness/graph/network.h"
#include "harness/layout/naming.h"
#include "harness/layout/own_schema.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Diagnosis diagnosed(const HeldState& held, const std::optional<std::string>& model = kLite0,
                    const StateDictOptions& options = {}) {
  const HeldFile file(held, options);
  return diagnose_checkpoint(file.checkpoint(), NetworkIndex::instance(), model);
}

TEST(Diagnose, finds_nothing_where_a_trained_file_meets_its_own_model) {
  const Diagnosis diagnosis = diagnosed(trained());
  EXPECT_THAT(codes(diagnosis), IsEmpty());
  EXPECT_EQ(diagnosis.loads, true);
  EXPECT_EQ(diagnosis.python_message, "");
  ASSERT_FALSE(diagnosis.candidates.empty());
  EXPECT_EQ(diagnosis.candidates[0].model, kLite0);
  EXPECT_DOUBLE_EQ(diagnosis.candidates[0].score, 1);
}

TEST(Diagnose, says_what_a_file_is_where_no_model_is_asked_for) {
  const Diagnosis diagnosis = diagnosed(trained(), std::nullopt);
  EXPECT_EQ(diagnosis.loads, std::nullopt);
  EXPECT_THAT(codes(diagnosis), IsEmpty());
  EXPECT_EQ(diagnosis.candidates.at(0).model, kLite0);
}

TEST(Diagnose, refuses_a_model_that_is_not_in_the_catalogue) {
  const auto target = find_target("d99", NetworkIndex::instance());
  ASSERT_FALSE(target.ok());
  EXPECT_EQ(target.error().kind, ErrorKind::usage);
  EXPECT_EQ(find_target("d0", NetworkIndex::instance())->name, "tf_efficientdet_d0");
}

TEST(Diagnose, names_the_network_that_a_file_of_another_size_is_of) {
  const Diagnosis diagnosis = diagnosed(trained("tf_efficientdet_lite1"));
  EXPECT_THAT(codes(diagnosis), ElementsAre("arch.variant"));
  EXPECT_EQ(diagnosis.loads, false);
  EXPECT_THAT(diagnosis.causes[0].summary, HasSubstr("tf_efficientdet_lite1"));
  EXPECT_EQ(diagnosis.causes[0].fix.kind, FixKind::use_model);
  EXPECT_THAT(diagnosis.python_message, HasSubstr("Unexpected key(s) in state_dict"));
}

TEST(Diagnose, undoes_what_lies_on_top_of_each_other_from_the_outside_in) {
  ModelConfig config = *find_model("tf_efficientdet_lite1");
  config.num_classes = 20;
  HeldState held = trained(config);
  prefix_with(held, "module.student.");
  refill(held, "module.student.backbone.bn1.weight", [](const ParamSpec&) { return NAN; });
  EXPECT_THAT(codes(diagnosed(held)),
              ElementsAre("keys.prefix", "arch.variant", "arch.class_count", "values.nonfinite"));
}

TEST(Diagnose, reads_the_numbers_of_classes_and_anchors_from_the_predictors) {
  ModelConfig config = *find_model(kLite0);
  config.num_scales = 1;
  EXPECT_THAT(codes(diagnosed(trained(config))), ElementsAre("arch.anchor_count"));
  config.num_classes = 7;
  const Diagnosis both = diagnosed(trained(config));
  EXPECT_THAT(codes(both), ElementsAre("arch.anchor_count", "arch.class_count"));
  EXPECT_EQ(both.causes[1].details[0].second, "7");
  EXPECT_THAT(codes(diagnosed(trained(config), std::nullopt)), IsEmpty());
}

TEST(Diagnose, tells_biases_from_orders_of_heads) {
  ModelConfig config = *find_model(kLite0);
  config.redundant_bias = false;
  EXPECT_THAT(codes(diagnosed(trained(config))), ElementsAre("arch.redundant_bias"));
  config = *find_model(kLite0);
  config.head_bn_level_first = true;
  EXPECT_THAT(codes(diagnosed(trained(config))), ElementsAre("arch.head_layout"));
}

// Every date at which a name's keys or shapes were others than today's; "head" where only the norms
// of the heads were named otherwise, which renaming mends.
TEST(Diagnose, names_the_date_at_which_a_name_meant_the_network_of_the_file) {
  const std::pair<const char*, const char*> dates[] = {
      {"tf_efficientdet_lite0@2020-06", "arch.history"},
      {"tf_efficientdet_lite0@2020-06-14", "arch.history"},
      {"tf_efficientdet_lite1@2020-06", "arch.history"},
      {"tf_efficientdet_lite4@2020-06", "arch.history"},
      {"efficientdet_d3@0.1.0", "arch.history"},
      {"efficientdet_em@0.2.1", "arch.history"},
      {"cspdarkdet53@0.2.1", "arch.history"},
      {"mobiledetv3_large@0.2.1", "arch.head_layout"},
  };
  for (const auto& [dated, code] : dates) {
    const std::string name = dated;
    const std::string today = name.substr(0, name.find('@'));
    const Diagnosis asked = diagnosed(trained(name), today);
    ASSERT_FALSE(asked.causes.empty()) << name;
    EXPECT_EQ(to_string(asked.causes[0].code), code) << name;
    EXPECT_EQ(to_string(diagnosed(trained(name), std::nullopt).causes.at(0).code), code) << name;
    if (asked.causes[0].code != CauseCode::arch_history) continue;
    EXPECT_THAT(codes(asked), ElementsAre(code)) << name;
    EXPECT_EQ(asked.causes[0].details, (std::vector<std::pair<std::string, std::string>>{
                                           {"found", name}, {"expected", today}}));
    EXPECT_EQ(asked.causes[0].fix.kind, FixKind::use_model);
    EXPECT_THAT(asked.causes[0].fix.command, HasSubstr("--model " + name));
  }
}

TEST(Diagnose, takes_a_file_for_sound_that_is_of_the_date_asked_for) {
  for (const char* name : {"tf_efficientdet_lite0@2020-06", "cspdarkdet53@0.2.1"}) {
    const Diagnosis diagnosis = diagnosed(trained(name), name);
    EXPECT_THAT(codes(diagnosis), IsEmpty()) << name;
    EXPECT_EQ(diagnosis.loads, true) << name;
  }
  const Diagnosis today = diagnosed(trained("cspdarkdet53"), "cspdarkdet53@0.2.1");
  EXPECT_THAT(codes(today), ElementsAre("arch.history"));
  EXPECT_EQ(today.causes[0].details[0].second, "cspdarkdet53");
}

HeldState as_zylo_names(HeldState held, const ModelConfig& config) {
  std::vector<std::string> names;
  for (const HeldTensor& tensor : held) names.push_back(tensor.spec.name);
  const Translation translation = *translate(names, config, Layout::effdet, Layout::zylo);
  for (std::size_t i = 0; i < held.size(); ++i) held[i].spec.name = translation.renamed.at(i).to;
  return held;
}

TEST(Diagnose, proposes_to_rename_the_norms_of_heads_only_where_no_other_network_has_them_so) {
  for (const std::optional<std::string>& model : {std::optional<std::string>("cspresdet50"), {}}) {
    const Diagnosis other = diagnosed(trained("cspresdet50@0.2.1"), model);
    const Cause* cause = other.find(CauseCode::arch_head_layout);
    ASSERT_NE(cause, nullptr);
    EXPECT_EQ(cause->fix.kind, FixKind::use_model);
    EXPECT_THAT(cause->fix.command, HasSubstr("effgate check"));
    EXPECT_THAT(cause->fix.command, HasSubstr("--model cspresdet50@0.2.1"));
    const Diagnosis same = diagnosed(trained("cspresdext50@0.2.1"),
                                     model ? std::optional("cspresdext50") : std::nullopt);
    EXPECT_EQ(same.causes.at(0).fix.kind, FixKind::rename_keys);
    EXPECT_THAT(same.causes[0].fix.command, HasSubstr("effgate repair"));
    EXPECT_THAT(same.causes[0].fix.command, HasSubstr("--model cspresdext50 "));
    EXPECT_EQ(same.causes[0].fix.lossless, true);
  }
}

TEST(Diagnose, proposes_no_repair_that_would_be_refused) {
  HeldState larger = trained("tf_efficientdet_lite1");
  prefix_with(larger, "module.");
  const Diagnosis variant = diagnosed(larger);
  EXPECT_THAT(codes(variant), ElementsAre("keys.prefix", "arch.variant"));
  EXPECT_THAT(variant.causes[0].fix.command, HasSubstr("--model tf_efficientdet_lite1 "));

  HeldState broken = trained();
  prefix_with(broken, "module.");
  add(broken, {"module.total_ops", {1}});
  refill(broken, "module.backbone.bn1.weight", [](const ParamSpec&) { return NAN; });
  const Diagnosis nan = diagnosed(broken);
  EXPECT_THAT(codes(nan), ElementsAre("keys.prefix", "keys.unexpected", "values.nonfinite"));
  EXPECT_THAT(nan.causes[0].fix.command, HasSubstr("effgate convert"));
  EXPECT_EQ(nan.causes[1].fix.command, "");
}

TEST(Diagnose, looks_behind_the_names_of_another_implementation) {
  ModelConfig config = *find_model("tf_efficientdet_d0");
  config.num_classes = 3;
  const HeldState held = as_zylo_names(trained(config), config);
  EXPECT_THAT(codes(diagnosed(held, "tf_efficientdet_d0")),
              ElementsAre("arch.implementation", "arch.class_count"));
}

// Nobody but effdet has D0 without biases before its batch norms.
TEST(Diagnose, calls_a_network_that_only_effdet_has_by_its_name_there_under_any_names) {
  const HeldState held =
      as_zylo_names(trained("efficientdet_d0"), *find_model("tf_efficientdet_d0"));
  const Diagnosis diagnosis = diagnosed(held);
  ASSERT_THAT(codes(diagnosis), ElementsAre("arch.implementation", "arch.variant"));
  EXPECT_EQ(diagnosis.causes[1].details,
            (Details{{"found", "efficientdet_d0"}, {"expected", kLite0}}));
}

// zylo117's own files hold weights besides that its code never reads, and strict loading asks for.
TEST(Diagnose, takes_another_implementations_network_for_a_target) {
  const ModelConfig zylo = *find_model("zylo:tf_efficientdet_d0");
  HeldState own;
  for (const ParamSpec& spec : own_schema(zylo)) add(own, spec);
  const Diagnosis diagnosis = diagnosed(own, "zylo:tf_efficientdet_d0");
  EXPECT_EQ(diagnosis.target, "zylo:tf_efficientdet_d0");
  EXPECT_EQ(diagnosis.loads, true);
  EXPECT_THAT(codes(diagnosis), IsEmpty());

  const Diagnosis of_effdet = diagnosed(trained("tf_efficientdet_d0"), "zylo:tf_efficientdet_d0");
  EXPECT_EQ(of_effdet.loads, false);
  EXPECT_THAT(codes(of_effdet), ElementsAre("arch.implementation"));
  EXPECT_THAT(of_effdet.python_message, HasSubstr("loading state_dict for EfficientDetBackbone"));
  const Cause& cause = of_effdet.causes.at(0);
  EXPECT_EQ(cause.details, (Details{{"found", "effdet"}, {"expected", "zylo"}}));
  EXPECT_THAT(cause.fix.command, HasSubstr("--layout zylo --model zylo:tf_efficientdet_d0"));
}

TEST(Diagnose, tells_a_backbone_from_a_detector_and_both_from_a_foreign_network) {
  HeldState backbone = trained();
  std::erase_if(backbone,
                [](const HeldTensor& t) { return !t.spec.name.starts_with("backbone."); });
  EXPECT_THAT(codes(diagnosed(backbone)), ElementsAre("arch.backbone_only"));
  for (HeldTensor& tensor : backbone)
    tensor.spec.name = tensor.spec.name.substr(std::string_view("backbone.").size());
  add(backbone, {"classifier.weight", {10, 4}});
  EXPECT_THAT(codes(diagnosed(backbone)), ElementsAre("arch.backbone_only"));

  HeldState foreign;
  add(foreign, {"transformer.h.0.attn.weight", {4, 4}});
  add(foreign, {"lm_head.weight", {4, 4}});
  const Diagnosis diagnosis = diagnosed(foreign);
  EXPECT_THAT(codes(diagnosis), ElementsAre("arch.foreign"));
  EXPECT_THAT(diagnosis.candidates, IsEmpty());
}

TEST(Diagnose, lets_pytorch_supply_batch_counters_unless_version_records_ask_for_them) {
  HeldState held = trained();
  std::erase_if(held, [](const HeldTensor& t) { return t.spec.dtype == DType::int64; });
  const Diagnosis asked = diagnosed(held);
  EXPECT_THAT(codes(asked), ElementsAre("keys.batches_tracked"));
  EXPECT_EQ(asked.causes[0].severity, ProblemSeverity::blocks);
  EXPECT_EQ(asked.loads, false);
  const Diagnosis plain = diagnosed(held, kLite0, {.plain_dict = true, .module_versions = {}});
  EXPECT_THAT(codes(plain), ElementsAre("keys.batches_tracked"));
  EXPECT_EQ(plain.causes[0].severity, ProblemSeverity::note);
  EXPECT_EQ(plain.loads, true);
}

TEST(Diagnose, calls_missing_and_unexpected_only_what_nothing_else_explains) {
  HeldState held = trained();
  std::erase_if(
      held, [](const HeldTensor& t) { return t.spec.name.starts_with("backbone.blocks.3.1."); });
  add(held, {"total_ops", {1}});
  const Diagnosis diagnosis = diagnosed(held);
  EXPECT_THAT(codes(diagnosis), ElementsAre("keys.missing", "keys.unexpected"));
  EXPECT_THAT(diagnosis.unexpected, ElementsAre("total_ops"));
}

TEST(Diagnose, finds_one_number_that_is_none_among_millions) {
  HeldState held = trained();
  for (HeldTensor& tensor : held) {
    if (tensor.spec.name != "class_net.predict.conv_pw.weight") continue;
    const float infinity = INFINITY;
    std::memcpy(tensor.bytes.data() + tensor.bytes.size() - sizeof infinity, &infinity,
                sizeof infinity);
  }
  const Diagnosis diagnosis = diagnosed(held);
  EXPECT_THAT(codes(diagnosis), ElementsAre("values.nonfinite"));
  EXPECT_THAT(diagnosis.causes[0].evidence, ElementsAre("class_net.predict.conv_pw.weight"));
  EXPECT_EQ(diagnosis.loads, true);
}

// What every constructor writes into norms and biases.
double fresh(const ParamSpec& spec) {
  const bool prior = spec.name.starts_with("class_net.predict.") && spec.name.ends_with(".bias");
  if (prior) return -std::log(99.0);
  return spec.name.ends_with(".weight") || spec.name.ends_with(".running_var") ? 1 : 0;
}

TEST(Diagnose, names_the_parts_that_were_never_trained) {
  HeldState held = trained();
  refill(held, "class_net.", fresh);
  refill(held, "box_net.", fresh);
  const Diagnosis diagnosis = diagnosed(held);
  EXPECT_THAT(codes(diagnosis), ElementsAre("values.untrained"));
  EXPECT_EQ(diagnosis.causes[0].details[0].second, "class head, box head");

  HeldState predictor = trained();
  refill(predictor, "class_net.predict.", fresh);
  EXPECT_EQ(diagnosed(predictor).causes.at(0).details[0].second, "class head (its predictor)");

  HeldState counters = trained();  // as weights converted from TensorFlow have them
  for (HeldTensor& tensor : counters)
    if (tensor.spec.dtype == DType::int64)
      tensor.bytes = filled(tensor.spec, [](std::size_t) { return 0; });
  EXPECT_THAT(codes(diagnosed(counters)), IsEmpty());
}

// A part as effdet constructs it, whose norms some batches have passed.
void make_fresh_but_seen(HeldState& held, std::string_view part) {
  std::mt19937_64 engine(11);
  for (HeldTensor& tensor : held) {
    const std::string_view name = tensor.spec.name;
    if (!name.starts_with(part) || name.find("running_") != std::string_view::npos) continue;
    if (tensor.spec.shape.size() != 4) {
      tensor.bytes = filled(tensor.spec, [&](std::size_t) { return fresh(tensor.spec); });
      continue;
    }
    const std::vector<std::int64_t>& shape = tensor.spec.shape;
    std::normal_distribution normal(
        0.0, std::sqrt(1 / static_cast<double>(shape[1] * shape[2] * shape[3])));
    tensor.bytes = filled(tensor.spec, [&](std::size_t) { return normal(engine); });
  }
}

TEST(Diagnose, knows_an_untrained_head_by_its_weights_where_batches_have_passed_its_norms) {
  HeldState held = trained();
  make_fresh_but_seen(held, "class_net.");
  const Diagnosis diagnosis = diagnosed(held);
  EXPECT_THAT(codes(diagnosis), ElementsAre("values.untrained"));
  const Cause& cause = diagnosis.causes.at(0);
  EXPECT_EQ(cause.details.at(0).second, "class head");
  EXPECT_THAT(cause.evidence.at(0), HasSubstr("normal numbers of variance 1 / fan-in"));
}

TEST(Diagnose, accuses_of_a_head_whose_norms_or_biases_have_moved_only_the_predictor) {
  for (const char* moved : {"class_net.bn_rep.0.0.bn.bias", "class_net.bn_rep.2.4.bn.weight",
                            "class_net.conv_rep.1.conv_pw.bias"}) {
    HeldState held = trained();
    make_fresh_but_seen(held, "class_net.");
    refill(held, moved, [](const ParamSpec&) { return 0.9; });
    EXPECT_EQ(diagnosed(held).causes.at(0).details.at(0).second, "class head (its predictor)")
        << moved;
  }
}

// The class predictor's bias of a trained file, as float32 holds it.
Diagnosis with_class_bias(double value) {
  HeldState held = trained();
  for (HeldTensor& tensor : held)
    if (tensor.spec.name == "class_net.predict.conv_pw.bias")
      tensor.bytes = filled(tensor.spec, [&](std::size_t) { return value; });
  return diagnosed(held);
}

// -log(99) is -4.5951199; float16 and bfloat16 hold multiples of 1/256 and 1/32 there.
TEST(Diagnose, knows_a_fresh_predictor_by_its_exact_bias_whatever_dtype_held_it) {
  for (const double fresh_bias : {-4.59511985, -4.59375})
    EXPECT_THAT(codes(with_class_bias(fresh_bias)), ElementsAre("values.untrained")) << fresh_bias;
  for (const double trained_bias : {-4.5951, -4.5826, -4.5899, -4.625})
    EXPECT_THAT(codes(with_class_bias(trained_bias)), IsEmpty()) << trained_bias;
}

const Cause* only_cause(const Diagnosis& diagnosis) {
  EXPECT_EQ(diagnosis.causes.size(), 1U);
  return diagnosis.causes.empty() ? nullptr : &diagnosis.causes[0];
}

// A trained file in which every element of the tensors that begin with `part` is `value`.
const Cause* cause_with(Diagnosis& diagnosis, std::string_view part, double value,
                        const std::string& model = kLite0) {
  HeldState held = trained(model);
  refill(held, part, [&](const ParamSpec&) { return value; });
  diagnosis = diagnosed(held, model);
  EXPECT_EQ(diagnosis.loads, true);
  return only_cause(diagnosis);
}

// effdet's backbones have an epsilon of 1e-3 where they are TensorFlow's, else 1e-5.
TEST(Diagnose, takes_a_negative_variance_for_nan_where_epsilon_does_not_make_up_for_it) {
  struct Case {
    const char* model;
    double variance;
    ProblemSeverity severity;
  };
  constexpr std::string_view kVariance = "backbone.bn1.running_var";
  for (const Case& one :
       {Case{kLite0, -0.01, ProblemSeverity::changes},
        Case{kLite0, -1e-3, ProblemSeverity::changes}, Case{kLite0, -5e-4, ProblemSeverity::note},
        Case{"efficientdet_d0", -5e-4, ProblemSeverity::changes},
        Case{"efficientdet_d0", -5e-6, ProblemSeverity::note}}) {
    Diagnosis diagnosis;
    const Cause* cause = cause_with(diagnosis, kVariance, one.variance, one.model);
    ASSERT_NE(cause, nullptr);
    EXPECT_EQ(cause->code, CauseCode::values_nonfinite);
    EXPECT_EQ(cause->severity, one.severity) << one.model << " " << one.variance;
    EXPECT_THAT(cause->summary, HasSubstr("negative"));
    EXPECT_THAT(cause->evidence, ElementsAre(kVariance));
  }
}

TEST(Diagnose, finds_numbers_beyond_those_of_training_and_notes_variances_beyond_half) {
  struct Case {
    const char* tensor;
    double value;
    ProblemSeverity severity;
  };
  for (const Case& one : {Case{"backbone.bn1.weight", 1e5, ProblemSeverity::changes},
                          Case{"fpn.resample.3.conv.conv.weight", -1e30, ProblemSeverity::changes},
                          Case{"class_net.predict.conv_pw.bias", 7e4, ProblemSeverity::changes},
                          Case{"box_net.bn_rep.0.0.bn.running_var", 1e10, ProblemSeverity::changes},
                          Case{"backbone.bn1.running_var", 1e6, ProblemSeverity::note}}) {
    Diagnosis diagnosis;
    const Cause* cause = cause_with(diagnosis, one.tensor, one.value);
    ASSERT_NE(cause, nullptr) << one.tensor;
    EXPECT_EQ(cause->code, CauseCode::values_nonfinite);
    EXPECT_EQ(cause->severity, one.severity) << one.tensor;
    EXPECT_THAT(cause->evidence, ElementsAre(HasSubstr(one.tensor)));
  }
  HeldState held = trained();
  refill(held, "backbone.bn1.weight", [](const ParamSpec&) { return 65504; });
  refill(held, "backbone.bn1.running_var", [](const ParamSpec&) { return 65504; });
  EXPECT_THAT(codes(diagnosed(held)), IsEmpty());
}

TEST(Diagnose, lets_a_profiler_count_as_far_as_it_likes) {
  HeldState held = trained();
  add(held, {"backbone.total_ops", {1}});
  refill(held, "backbone.total_ops", [](const ParamSpec&) { return 4e8; });
  EXPECT_THAT(codes(diagnosed(held)), ElementsAre("keys.unexpected"));
}

TEST(Diagnose, says_which_outputs_a_dead_norm_makes_constant) {
  Diagnosis diagnosis;
  const Cause* stem = cause_with(diagnosis, "backbone.bn1.running_var", 0);
  ASSERT_NE(stem, nullptr);
  EXPECT_EQ(stem->code, CauseCode::values_untrained);
  EXPECT_EQ(stem->severity, ProblemSeverity::changes);
  EXPECT_THAT(stem->evidence[0],
              HasSubstr("backbone.bn1: 32 of 32 channels, and with them class/3"));

  const Cause* head = cause_with(diagnosis, "box_net.bn_rep.1.2.bn.", 0);
  ASSERT_NE(head, nullptr);
  EXPECT_EQ(head->severity, ProblemSeverity::changes);
  EXPECT_THAT(head->evidence,
              ElementsAre("box_net.bn_rep.1.2.bn: 64 of 64 channels, and with them box/5"));
}

// Its block adds what comes in to nothing.
TEST(Diagnose, notes_a_dead_norm_that_a_block_leads_around) {
  Diagnosis diagnosis;
  const Cause* cause = cause_with(diagnosis, "backbone.blocks.1.1.bn3.", 0);
  ASSERT_NE(cause, nullptr);
  EXPECT_EQ(cause->code, CauseCode::values_untrained);
  EXPECT_EQ(cause->severity, ProblemSeverity::note);
  EXPECT_THAT(cause->evidence, ElementsAre("backbone.blocks.1.1.bn3: 24 of 24 channels"));
}

// Of 32 channels behind the stem of the published EfficientNet-Lite0 4 are dead.
TEST(Diagnose, takes_some_dead_channels_for_those_of_a_trained_network) {
  HeldState held = trained();
  const auto kill = [&](std::size_t channels) {
    for (HeldTensor& tensor : held)
      if (tensor.spec.name == "backbone.bn1.running_var")
        tensor.bytes = filled(tensor.spec, [&](std::size_t i) { return i < channels ? 0 : 0.7; });
  };
  kill(15);
  EXPECT_THAT(codes(diagnosed(held)), IsEmpty());
  kill(16);
  const Diagnosis half = diagnosed(held);
  const Cause* cause = only_cause(half);
  ASSERT_NE(cause, nullptr);
  EXPECT_EQ(cause->severity, ProblemSeverity::note);
  EXPECT_THAT(cause->evidence, ElementsAre("backbone.bn1: 16 of 32 channels"));
}

}  // namespace
}  // namespace effgate
