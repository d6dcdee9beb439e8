#include <gtest/gtest.h>

#include "harness/base/hash.h"
#include "harness/checkpoint/save.h"
#include "harness/checkpoint/state_dict_pickle.h"
#include "harness/graph/catalogue.h"

namespace effgate {
namespace {

// The pickle that torch 2.11 wrote for torch.save(model.state_dict()) of effdet's
// tf_efficientdet_lite0, up to the `_metadata` behind the last tensor: 84508 bytes.
TEST(StoredSchema, of_lite0_is_pickled_as_torch_pickled_it) {
  const std::vector<std::byte> zeros(std::size_t{1} << 22);
  std::vector<TensorToSave> tensors;
  for (const ParamSpec& param : state_dict_schema(*find_model("tf_efficientdet_lite0"))) {
    std::size_t bytes = size_of(param.dtype);
    for (const std::int64_t dim : param.shape) bytes *= static_cast<std::size_t>(dim);
    tensors.push_back({param.name, param.dtype, param.shape, std::span(zeros).first(bytes)});
  }
  StateDictOptions without_metadata;
  without_metadata.module_versions.emplace();
  const std::string pickle = state_dict_pickle(tensors, without_metadata);
  ASSERT_EQ(pickle.size(), 84508U + 1);
  EXPECT_EQ(sha256_hex(std::string_view(pickle).substr(0, 84508)),
            "fcae2678bce4986d22cada0acba63463c1303c3b0d28931893b945ea7b430825");
}

}  // namespace
}  // namespace effgate
