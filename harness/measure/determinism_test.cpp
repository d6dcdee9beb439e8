#include "harness/measure/determinism.h"

#include <gtest/gtest.h>

#include <cstring>

namespace effgate {
namespace {

HostTensor tensor(const std::string& name, const std::vector<float>& values) {
  HostTensor made{name, DType::float32, {static_cast<std::int64_t>(values.size())}, {}};
  made.bytes.resize(values.size() * sizeof(float));
  std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

TEST(Determinism, equal_runs_have_no_difference) {
  const auto found =
      differences_between_runs({tensor("class/3", {1, 2})}, {tensor("class/3", {1, 2})});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->empty());
}

TEST(Determinism, names_the_output_that_differs_and_how_far) {
  const auto found =
      differences_between_runs({tensor("class/3", {1, 2}), tensor("box/3", {1, 2, 3})},
                               {tensor("class/3", {1, 2}), tensor("box/3", {1, 2.5, 2.75})});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1);
  EXPECT_EQ(found->front().tap, "box/3");
  EXPECT_EQ(found->front().elements, 2);
  EXPECT_EQ(found->front().max_abs, 0.5);
}

TEST(Determinism, bits_count_where_values_are_equal) {
  const auto found = differences_between_runs({tensor("a", {0.0F})}, {tensor("a", {-0.0F})});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1);
  EXPECT_EQ(found->front().elements, 1);
  EXPECT_EQ(found->front().max_abs, 0);
}

TEST(Determinism, outputs_of_another_form_are_an_error) {
  EXPECT_FALSE(differences_between_runs({tensor("a", {1})}, {tensor("a", {1, 2})}).ok());
  EXPECT_FALSE(differences_between_runs({tensor("a", {1})}, {tensor("b", {1})}).ok());
  EXPECT_FALSE(differences_between_runs({tensor("a", {1})}, {}).ok());
}

}  // namespace
}  // namespace effgate
