#include "harness/layout/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"
#include "harness/layout/own_schema.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The tensors of a network for three classes.
std::vector<ParamSpec> schema_of(std::string_view model) {
  ModelOverrides overrides;
  overrides.num_classes = 3;
  return state_dict_schema(*find_model(model), overrides);
}

// A safetensors file of zeros, every name after `prefix`.
class ZerosFile {
 public:
  explicit ZerosFile(const std::vector<ParamSpec>& schema, const std::string& prefix = "") {
    for (const ParamSpec& param : schema) {
      std::size_t bytes = size_of(param.dtype);
      for (const std::int64_t dim : param.shape) bytes *= static_cast<std::size_t>(dim);
      tensors_.push_back({prefix + param.name, param.dtype, param.shape,
                          std::span<const std::byte>(zeros_).first(bytes)});
    }
    EXPECT_TRUE(save_safetensors(path(), tensors_).ok());
  }
  std::filesystem::path path() const { return directory_.path() / "zeros.safetensors"; }

 private:
  TemporaryDirectory directory_ = *TemporaryDirectory::create();
  std::vector<std::byte> zeros_ = std::vector<std::byte>(std::size_t{8} << 20);
  std::vector<TensorToSave> tensors_;
};

TEST(Inspect, says_which_models_a_file_fits_whatever_its_classes) {
  const ZerosFile file(schema_of("tf_efficientdet_lite0"));
  const auto checkpoint = Checkpoint::open(file.path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  const Inspection inspection = inspect_checkpoint(*checkpoint);
  EXPECT_EQ(inspection.container, "safetensors");
  EXPECT_EQ(inspection.layout, "effdet");
  EXPECT_THAT(fitting_models(inspection.candidates), ElementsAre("tf_efficientdet_lite0"));
  EXPECT_THAT(inspection.wrappers, IsEmpty());
  EXPECT_THAT(inspection.problems, IsEmpty());
}

TEST(Inspect, looks_below_the_prefix_of_a_wrapper_and_names_it) {
  const ZerosFile file(schema_of("tf_efficientdet_lite0"), "module.");
  const auto checkpoint = Checkpoint::open(file.path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  const Inspection inspection = inspect_checkpoint(*checkpoint);
  EXPECT_THAT(inspection.wrappers, ElementsAre("module."));
  EXPECT_THAT(fitting_models(inspection.candidates), ElementsAre("tf_efficientdet_lite0"));
}

TEST(Inspect, names_a_wrapper_inside_names_too) {
  std::vector<ParamSpec> schema = schema_of("tf_efficientdet_lite0");
  for (ParamSpec& param : schema)
    if (param.name.starts_with("fpn.")) param.name.insert(4, "module.");
  const ZerosFile file(schema);
  const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file.path()));
  EXPECT_THAT(inspection.wrappers, ElementsAre("module."));
  EXPECT_THAT(fitting_models(inspection.candidates), ElementsAre("tf_efficientdet_lite0"));
}

// D1 as another implementation would store it.
std::vector<ParamSpec> d1_under(Layout layout) {
  ModelOverrides overrides;
  overrides.num_classes = 3;
  return own_schema(*find_model(std::string(to_string(layout)) + ":d1"), overrides);
}

TEST(Inspect, finds_the_network_behind_the_names_of_other_implementations) {
  for (const Layout layout : {Layout::zylo, Layout::mmdet}) {
    const ZerosFile file(d1_under(layout));
    const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file.path()));
    EXPECT_EQ(inspection.layout, to_string(layout));
    EXPECT_THAT(fitting_models(inspection.candidates),
                ElementsAre(std::string(to_string(layout)) + ":tf_efficientdet_d1"));
  }
}

TEST(Inspect, counts_classes_and_anchors_under_any_names) {
  const ZerosFile ours(schema_of("tf_efficientdet_lite0"));
  const ZerosFile theirs(d1_under(Layout::zylo));
  for (const ZerosFile* file : {&ours, &theirs}) {
    const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file->path()));
    EXPECT_EQ(inspection.counts.classes, 3);
    EXPECT_EQ(inspection.counts.anchors, 9);
  }
}

TEST(Inspect, counts_nothing_where_the_heads_of_another_implementation_are_missing) {
  std::vector<ParamSpec> schema = d1_under(Layout::zylo);
  std::erase_if(schema, [](const ParamSpec& param) {
    return param.name.starts_with("classifier.header.pointwise");
  });
  const ZerosFile file(schema);
  const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file.path()));
  EXPECT_EQ(inspection.layout, "zylo");
  EXPECT_FALSE(inspection.counts.classes.has_value());
}

TEST(Inspect, offers_the_nearest_network_where_a_tensor_of_another_implementation_is_missing) {
  std::vector<ParamSpec> schema = d1_under(Layout::zylo);
  schema.erase(schema.begin());
  const ZerosFile file(schema);
  const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file.path()));
  EXPECT_EQ(inspection.layout, "zylo");
  ASSERT_FALSE(inspection.candidates.empty());
  EXPECT_EQ(inspection.candidates[0].model, "zylo:tf_efficientdet_d1");
  EXPECT_THAT(fitting_models(inspection.candidates), IsEmpty());
}

TEST(Inspect, finds_the_network_that_a_name_meant_when_the_file_was_written) {
  const ZerosFile early(schema_of("tf_efficientdet_lite0@2020-06-14"));
  EXPECT_THAT(fitting_models(inspect_checkpoint(*Checkpoint::open(early.path())).candidates),
              ElementsAre("tf_efficientdet_lite0@2020-06-14"));
  const ZerosFile today(schema_of("tf_efficientdet_lite1"));
  EXPECT_THAT(fitting_models(inspect_checkpoint(*Checkpoint::open(today.path())).candidates),
              ElementsAre("tf_efficientdet_lite1"));
  const ZerosFile either(schema_of("efficientdet_q1"));
  EXPECT_THAT(fitting_models(inspect_checkpoint(*Checkpoint::open(either.path())).candidates),
              ElementsAre("efficientdet_q1", "efficientdet_q1@2020-12-04"));
}

TEST(Inspect, asks_a_file_of_zylos_for_the_fusion_weights_that_its_network_never_reads) {
  std::vector<ParamSpec> schema = own_schema(*find_model("zylo:d6"));
  const auto fitting = [&] {
    const ZerosFile file(schema);
    return fitting_models(inspect_checkpoint(*Checkpoint::open(file.path())).candidates);
  };
  EXPECT_THAT(fitting(), ElementsAre("zylo:tf_efficientdet_d6", "zylo:tf_efficientdet_d7"));
  std::erase_if(schema, [](const ParamSpec& param) { return param.name == "bifpn.3.p5_w2"; });
  EXPECT_THAT(fitting(), IsEmpty());
}

}  // namespace
}  // namespace effgate
