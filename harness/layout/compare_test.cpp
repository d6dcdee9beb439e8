#include "harness/layout/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace effgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Two modules: a convolution and a BatchNorm with its counter.
std::vector<ParamSpec> model() {
  return {{"stem.conv.weight", {8, 3, 3, 3}, DType::float32},
          {"stem.bn.weight", {8}, DType::float32},
          {"stem.bn.num_batches_tracked", {}, DType::int64},
          {"head.bias", {4}, DType::float32}};
}

StoredState state_of(std::vector<ParamSpec> tensors) { return {std::move(tensors), {}, {}}; }

StoredState without(std::string_view name) {
  StoredState state = state_of(model());
  std::erase_if(state.tensors, [&](const ParamSpec& tensor) { return tensor.name == name; });
  return state;
}

TEST(Compare, the_models_own_state_loads) {
  const Comparison comparison = compare_strictly(state_of(model()), model());
  EXPECT_TRUE(comparison.loads());
  EXPECT_EQ(summary(comparison), "");
}

TEST(Compare, missing_keys_come_in_the_order_of_the_model) {
  const Comparison comparison =
      compare_strictly(state_of({{"stem.bn.weight", {8}, DType::float32},
                                 {"stem.bn.num_batches_tracked", {}, DType::int64}}),
                       model());
  EXPECT_THAT(comparison.missing, ElementsAre("stem.conv.weight", "head.bias"));
  EXPECT_EQ(summary(comparison), "2 missing, 0 unexpected and 0 mismatched keys");
}

// load_state_dict of torch 2.11 visits root, stem, stem.conv, stem.bn, head, and each module names
// what it does not know of the keys that reach it.
TEST(Compare, unexpected_keys_come_module_by_module) {
  StoredState state = state_of(model());
  for (const char* key : {"head.extra", "stem.bn.extra", "other.x.y", "stem.conv.bias",
                          "stem.new.w", "stem.bn.weight.deeper", "stem"})
    state.tensors.push_back({key, {1}, DType::float32});
  const Comparison comparison = compare_strictly(state, model());
  EXPECT_THAT(comparison.unexpected,
              ElementsAre("other.x.y", "stem", "stem.new.w", "stem.conv.bias", "stem.bn.extra",
                          "stem.bn.weight.deeper", "head.extra"));
  EXPECT_FALSE(comparison.loads());
}

// The model's longest path is stem.conv. Each dot of a key may end a path, so that looking all of
// them up would take as long as the key's length squared.
TEST(Compare, of_a_key_with_a_million_dots_only_paths_as_long_as_the_models_are_looked_up) {
  StoredState state = state_of(model());
  const std::string dots(1'000'000, '.');
  for (const std::string& key : {"head.x" + dots, "stem.conv." + dots, "stem.convolution" + dots})
    state.tensors.push_back({key, {1}, DType::float32});
  EXPECT_THAT(compare_strictly(state, model()).unexpected,
              ElementsAre("stem.convolution" + dots, "stem.conv." + dots, "head.x" + dots));
}

TEST(Compare, another_shape_is_a_mismatch_and_another_dtype_is_not) {
  StoredState state = state_of(model());
  state.tensors[0].shape = {8, 3, 5, 5};
  state.tensors[3].dtype = DType::float16;
  const Comparison comparison = compare_strictly(state, model());
  EXPECT_THAT(comparison.mismatched,
              ElementsAre(ShapeMismatch{"stem.conv.weight", {8, 3, 5, 5}, {8, 3, 3, 3}}));
  EXPECT_THAT(comparison.dtypes,
              ElementsAre(DTypeDifference{"head.bias", DType::float16, DType::float32}));
  state.tensors[0].shape = {8, 3, 3, 3};
  EXPECT_TRUE(compare_strictly(state, model()).loads());
}

TEST(Compare, a_vector_of_one_fills_a_scalar_and_an_empty_one_does_not) {
  StoredState state = state_of(model());
  state.tensors[2].shape = {1};
  EXPECT_TRUE(compare_strictly(state, model()).loads());
  state.tensors[2].shape = {0};
  EXPECT_EQ(compare_strictly(state, model()).mismatched.size(), 1U);
}

TEST(Compare, a_missing_counter_is_supplied_without_metadata) {
  const Comparison comparison = compare_strictly(without("stem.bn.num_batches_tracked"), model());
  EXPECT_TRUE(comparison.loads());
  EXPECT_THAT(comparison.supplied, ElementsAre("stem.bn.num_batches_tracked"));
}

TEST(Compare, a_missing_counter_is_refused_from_version_2_of_its_module_on) {
  StoredState state = without("stem.bn.num_batches_tracked");
  state.module_versions = {{"stem.bn", 2}};
  EXPECT_THAT(compare_strictly(state, model()).missing, ElementsAre("stem.bn.num_batches_tracked"));
  state.module_versions = {{"stem.bn", 1}, {"head", 2}};
  EXPECT_THAT(compare_strictly(state, model()).missing, IsEmpty());
}

TEST(Compare, an_entry_that_is_no_tensor_does_not_load) {
  StoredState state = without("head.bias");
  state.others = {"head.bias"};
  const Comparison comparison = compare_strictly(state, model());
  EXPECT_THAT(comparison.not_tensors, ElementsAre("head.bias"));
  EXPECT_THAT(comparison.missing, IsEmpty());
  EXPECT_FALSE(comparison.loads());
}

TEST(Compare, an_entry_that_is_no_tensor_and_not_the_models_is_unexpected) {
  StoredState state = state_of(model());
  state.others = {"epoch"};
  EXPECT_THAT(compare_strictly(state, model()).unexpected, ElementsAre("epoch"));
}

}  // namespace
}  // namespace effgate
