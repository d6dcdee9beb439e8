#include "harness/measure/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>

namespace effgate {
namespace {

HostTensor logits(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  HostTensor tensor{"class/3", DType::float32, std::move(shape), {}};
  tensor.bytes.resize(values.size() * sizeof(float));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

// A repeatable sequence with many equal values.
std::vector<float> coarse_noise(std::size_t count, std::uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525 + 1013904223;
    value = static_cast<float>(seed >> 22) / 16 - 32;
  }
  return values;
}

using Row = std::tuple<double, std::int64_t, std::int64_t>;

// The slow second way: every (anchor, class) in anchor order, stably sorted by logit.
std::vector<Row> sorted_rows(const std::vector<HostTensor>& levels, std::int64_t classes,
                             std::int64_t image) {
  std::vector<Row> rows;
  std::int64_t anchor = 0;
  for (const HostTensor& level : levels) {
    const std::int64_t channels = level.shape[1];
    const std::int64_t cells = level.shape[2] * level.shape[3];
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      for (std::int64_t channel = 0; channel < channels; ++channel) {
        float value = 0;
        std::memcpy(&value, level.bytes.data() + ((image * channels + channel) * cells + cell) * 4,
                    4);
        rows.emplace_back(value, anchor + channel / classes, channel % classes);
      }
      anchor += channels / classes;
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return std::get<0>(a) > std::get<0>(b); });
  return rows;
}

std::vector<Row> rows_of(const std::vector<Candidate>& candidates) {
  std::vector<Row> rows;
  for (const Candidate& candidate : candidates) {
    rows.emplace_back(candidate.logit, candidate.anchor, candidate.class_index);
  }
  return rows;
}

TEST(Candidates, are_the_first_of_all_pairs_sorted_by_logit) {
  const std::vector<HostTensor> levels = {logits({2, 6, 40, 32}, coarse_noise(2 * 6 * 40 * 32, 1)),
                                          logits({2, 6, 20, 16}, coarse_noise(2 * 6 * 20 * 16, 2))};
  const std::vector<ClassLevel> class_levels = {{&levels[0], 0}, {&levels[1], 40 * 32 * 2}};
  for (const std::int64_t image : {0, 1}) {
    for (const std::size_t count : {1UL, 50UL, 5000UL}) {
      const auto found = top_candidates(class_levels, 3, image, count);
      ASSERT_TRUE(found.ok());
      std::vector<Row> expected = sorted_rows(levels, 3, image);
      expected.resize(count);
      EXPECT_EQ(rows_of(*found), expected) << "image " << image << ", count " << count;
    }
  }
}

// All large logits lie where the sample does not look.
TEST(Candidates, do_not_depend_on_a_lucky_guess_of_the_threshold) {
  std::vector<float> values(31 * 64, 0);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 31 == 0 ? 9.0F : 1.0F;
  for (std::size_t i = 1; i < 12; ++i) values[i] = 10;
  const HostTensor level = logits({1, 1, 31, 64}, values);
  const auto found = top_candidates({{&level, 0}}, 1, 0, 500);
  ASSERT_TRUE(found.ok());
  auto expected = sorted_rows({level}, 1, 0);
  expected.resize(500);
  EXPECT_EQ(rows_of(*found), expected);
}

TEST(Candidates, are_all_there_are_where_fewer_exist_and_never_nan) {
  const HostTensor level = logits({1, 2, 1, 2}, {1, std::nanf(""), 3, 2});
  const auto found = top_candidates({{&level, 0}}, 2, 0, 10);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(rows_of(*found), (std::vector<Row>{{3, 0, 1}, {2, 1, 1}, {1, 0, 0}}));
}

TEST(Candidates, refuse_levels_whose_shape_does_not_fit) {
  const HostTensor level = logits({1, 6, 1, 1}, {1, 2, 3, 4, 5, 6});
  HostTensor short_of_bytes = level;
  short_of_bytes.bytes.pop_back();
  EXPECT_TRUE(top_candidates({{&level, 0}}, 3, 0, 10).ok());
  EXPECT_FALSE(top_candidates({{&level, 0}}, 4, 0, 10).ok());
  EXPECT_FALSE(top_candidates({{&level, 0}}, 3, 1, 10).ok());
  EXPECT_FALSE(top_candidates({{&short_of_bytes, 0}}, 3, 0, 10).ok());
}

}  // namespace
}  // namespace effgate
