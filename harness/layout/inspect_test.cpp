#include "harness/layout/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"
#include "harness/layout/naming.h"

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
  EXPECT_EQ(inspection.tensors.size(), 696U);
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

// D1 under other names: same shapes, dtypes and order.
std::vector<ParamSpec> d1_under(Layout layout) {
  std::vector<ParamSpec> schema = schema_of("tf_efficientdet_d1");
  std::vector<std::string> names;
  for (const ParamSpec& param : schema) names.push_back(param.name);
  const auto translation =
      translate(names, *find_model("tf_efficientdet_d1"), Layout::effdet, layout);
  for (std::size_t i = 0; i < schema.size(); ++i) schema[i].name = translation->renamed[i].to;
  return schema;
}

TEST(Inspect, finds_the_network_behind_the_names_of_other_implementations) {
  for (const Layout layout : {Layout::zylo, Layout::mmdet}) {
    const ZerosFile file(d1_under(layout));
    const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file.path()));
    EXPECT_EQ(inspection.layout, to_string(layout));
    EXPECT_THAT(fitting_models(inspection.candidates),
                ElementsAre("tf_efficientdet_d1", "tf_efficientdet_d1_ap"));
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

TEST(Inspect, offers_the_nearest_network_where_a_tensor_of_another_implementation_is_missing) {
  std::vector<ParamSpec> schema = d1_under(Layout::zylo);
  schema.erase(schema.begin());
  const ZerosFile file(schema);
  const Inspection inspection = inspect_checkpoint(*Checkpoint::open(file.path()));
  EXPECT_EQ(inspection.layout, "zylo");
  ASSERT_FALSE(inspection.candidates.empty());
  EXPECT_EQ(inspection.candidates[0].model, "tf_efficientdet_d1");
  EXPECT_THAT(fitting_models(inspection.candidates), IsEmpty());
}

}  // namespace
}  // namespace effgate
