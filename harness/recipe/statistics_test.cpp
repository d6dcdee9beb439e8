#include "harness/recipe/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "harness/recipe/parameters.h"

namespace effgate {
namespace {

using ::testing::HasSubstr;

const ParamSpec kMean{"backbone.bn1.running_mean", {2}};

class StatisticsTest : public ::testing::Test {
 protected:
  TensorLookup file(DType dtype, std::vector<std::int64_t> shape, std::size_t bytes) const {
    return [=, this](const std::string& name) -> std::optional<StoredTensor> {
      if (name != "bn/backbone.bn1.running_mean") return std::nullopt;
      return StoredTensor{dtype, shape, std::as_bytes(std::span(values_)).first(bytes)};
    };
  }

  std::array<float, 2> values_{1.5F, -2.5F};
};

TEST_F(StatisticsTest, come_from_the_file_under_their_stored_name) {
  const auto bytes = make_parameter(kMean, 1, file(DType::float32, {2}, 8));
  ASSERT_TRUE(bytes.ok());
  ASSERT_EQ(bytes->size(), 8u);
  EXPECT_EQ(std::memcmp(bytes->data(), values_.data(), 8), 0);
}

TEST_F(StatisticsTest, that_the_file_lacks_are_not_found) {
  const auto bytes =
      make_parameter({"backbone.bn1.running_var", {2}}, 1, file(DType::float32, {2}, 8));
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind, ErrorKind::not_found);
  EXPECT_THAT(bytes.error().message, HasSubstr("bn/backbone.bn1.running_var"));
}

TEST_F(StatisticsTest, of_another_dtype_shape_or_length_are_refused) {
  for (const TensorLookup& wrong :
       {file(DType::float16, {2}, 8), file(DType::float32, {1}, 8), file(DType::float32, {2}, 4)}) {
    const auto bytes = make_parameter(kMean, 1, wrong);
    ASSERT_FALSE(bytes.ok());
    EXPECT_EQ(bytes.error().kind, ErrorKind::malformed);
  }
}

TEST_F(StatisticsTest, are_not_asked_for_what_a_rule_gives) {
  const ParamSpec weight{"backbone.bn1.weight", {2}};
  const auto bytes = make_parameter(weight, 1, [](const std::string&) {
    ADD_FAILURE();
    return std::nullopt;
  });
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, *fill_parameter(weight, 1));
}

}  // namespace
}  // namespace effgate
