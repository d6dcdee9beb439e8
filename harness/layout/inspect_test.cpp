#include "harness/layout/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/checkpoint/save.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A safetensors file of lite0 for three classes, all zeros, every name after `prefix`.
class Lite0File {
 public:
  explicit Lite0File(const std::string& prefix) {
    ModelOverrides overrides;
    overrides.num_classes = 3;
    for (const ParamSpec& param :
         state_dict_schema(*find_model("tf_efficientdet_lite0"), overrides)) {
      std::size_t bytes = size_of(param.dtype);
      for (const std::int64_t dim : param.shape) bytes *= static_cast<std::size_t>(dim);
      tensors_.push_back({prefix + param.name, param.dtype, param.shape,
                          std::span<const std::byte>(zeros_).first(bytes)});
    }
    EXPECT_TRUE(save_safetensors(path(), tensors_).ok());
  }
  std::filesystem::path path() const { return directory_.path() / "lite0.safetensors"; }

 private:
  TemporaryDirectory directory_ = *TemporaryDirectory::create();
  std::vector<std::byte> zeros_ = std::vector<std::byte>(std::size_t{4} << 20);
  std::vector<TensorToSave> tensors_;
};

TEST(Inspect, says_which_models_a_file_fits_whatever_its_classes) {
  const Lite0File file("");
  const auto checkpoint = Checkpoint::open(file.path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  const Inspection inspection = inspect_checkpoint(*checkpoint);
  EXPECT_EQ(inspection.container, "safetensors");
  EXPECT_EQ(inspection.layout, "effdet");
  EXPECT_EQ(inspection.tensors.size(), 696U);
  EXPECT_THAT(inspection.candidates, ElementsAre("tf_efficientdet_lite0"));
  EXPECT_THAT(inspection.wrappers, IsEmpty());
  EXPECT_THAT(inspection.problems, IsEmpty());
}

TEST(Inspect, looks_below_the_prefix_of_a_wrapper_and_names_it) {
  const Lite0File file("module.");
  const auto checkpoint = Checkpoint::open(file.path());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  const Inspection inspection = inspect_checkpoint(*checkpoint);
  EXPECT_THAT(inspection.wrappers, ElementsAre("module."));
  EXPECT_THAT(inspection.candidates, ElementsAre("tf_efficientdet_lite0"));
}

}  // namespace
}  // namespace effgate
