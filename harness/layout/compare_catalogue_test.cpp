#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/graph/catalogue.h"
#include "harness/layout/compare.h"

namespace effgate {
namespace {

std::vector<ParamSpec> schema(const char* model) { return state_dict_schema(*find_model(model)); }

// Counted in Python: EfficientDet d0 .load_state_dict(strict=True) with d7's state_dict().
TEST(CompareCatalogue, d7_offered_to_d0_differs_as_in_python) {
  StoredState state;
  state.tensors = schema("tf_efficientdet_d7");
  const Comparison comparison = compare_strictly(state, schema("tf_efficientdet_d0"));
  // Without metadata BatchNorm supplies its counters; they are missing where it says version 2.
  StoredState versioned = state;
  for (const ParamSpec& param : schema("tf_efficientdet_d0")) {
    const std::size_t end = param.name.rfind(".num_batches_tracked");
    if (end != std::string::npos) versioned.module_versions[param.name.substr(0, end)] = 2;
  }
  const Comparison strict = compare_strictly(versioned, schema("tf_efficientdet_d0"));
  EXPECT_EQ(strict.missing.size(), 24U);
  EXPECT_EQ(strict.unexpected.size(), 1058U);
  EXPECT_EQ(strict.mismatched.size(), 650U);
  EXPECT_EQ(comparison.missing.size() + comparison.supplied.size(), 24U);
}

TEST(CompareCatalogue, d6_and_d7_take_each_others_state) {
  StoredState state;
  state.tensors = schema("tf_efficientdet_d7");
  EXPECT_TRUE(compare_strictly(state, schema("tf_efficientdet_d6")).loads());
}

}  // namespace
}  // namespace effgate
