#include "harness/checkpoint/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/checkpoint/byte_cursor.h"

namespace effgate {
namespace {

// Small healthy files, one of each container, below fixtures/broken.
std::string healthy_file(const std::string& name) {
  const char* source = std::getenv("EFFGATE_SOURCE_DIR");
  const auto root = std::filesystem::path(source == nullptr ? "." : source);
  return *read_text_file(root / "fixtures" / "broken" / name);
}

bool blocks(const Findings& findings) {
  return std::ranges::any_of(findings.problems, [](const Problem& problem) {
    return problem.severity == ProblemSeverity::blocks;
  });
}

// Touches every byte of every tensor, so that a sanitizer sees one that lies outside.
std::uint64_t sum_of_bytes(const Findings& findings) {
  std::uint64_t sum = 0;
  for (const TensorEntry& tensor : findings.tensors) {
    for (const std::byte byte : tensor.data) sum += static_cast<std::uint64_t>(byte);
  }
  return sum;
}

class Damaged : public testing::TestWithParam<std::string> {
 protected:
  // A copy of just the length, so that nothing lies behind it.
  static Findings read(std::string_view text) {
    const auto span = as_byte_span(text);
    const std::vector<std::byte> bytes(span.begin(), span.end());
    auto findings = read_checkpoint(bytes);
    EXPECT_TRUE(findings.ok());
    const std::uint64_t sum = sum_of_bytes(*findings);
    EXPECT_LE(sum, 255 * 2 * text.size());
    return *std::move(findings);
  }
};

TEST_P(Damaged, is_whole_at_no_shorter_length) {
  const std::string healthy = healthy_file(GetParam());
  ASSERT_LE(healthy.size(), 4096U);
  EXPECT_FALSE(blocks(read(healthy)));
  for (std::size_t length = 0; length < healthy.size(); ++length)
    EXPECT_TRUE(blocks(read(std::string_view(healthy).substr(0, length)))) << length;
}

TEST_P(Damaged, gives_only_tensors_inside_the_file_after_any_flipped_bit) {
  const std::string healthy = healthy_file(GetParam());
  for (std::size_t place = 0; place < healthy.size(); ++place) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = healthy;
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << bit));
      read(bytes);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, Damaged,
                         testing::Values("healthy_zip/input.pth", "healthy_zip_deflated/input.pth",
                                         "healthy_legacy/input.pth",
                                         "healthy_safetensors/input.safetensors"),
                         [](const auto& instance) {
                           return instance.param.substr(0, instance.param.find('/'));
                         });

}  // namespace
}  // namespace effgate
